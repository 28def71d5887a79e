import type { Schema } from "@/lib/api";

export type Timeline = Schema["Timeline"];

/** How a task run looks: its state's type, and what of its names has a look of its own. */
export const LOOKS = [
  "SCHEDULED",
  "AWAITING_RETRY",
  "PENDING",
  "RUNNING",
  "PAUSED",
  "CANCELLING",
  "COMPLETED",
  "CACHED",
  "CANCELLED",
  "CRASHED",
  "FAILED",
] as const;
export type Look = (typeof LOOKS)[number];
/** Looks are ordered by how much they matter: where two would share a pixel, the higher one is seen. */
export const lookIndex = (look: Look): number => LOOKS.indexOf(look);

export function lookOf(type: string | undefined, name: string | undefined): Look {
  if (name === "AwaitingRetry") return "AWAITING_RETRY";
  if (name === "Cached") return "CACHED";
  return LOOKS.find((look) => look === type) ?? "PENDING";
}

/** Task runs as columns that can be drawn without making objects. Times are milliseconds after the run's origin. */
export interface Model {
  readonly timeline: Timeline;
  readonly size: number;
  /** When it is first heard of: expected, or started where that was earlier. */
  readonly from: Float64Array;
  /** When it started; NaN where it has not. */
  readonly begun: Float64Array;
  /** When it ended; Infinity where it goes on. */
  readonly until: Float64Array;
  readonly look: Uint8Array;
  readonly group: Int32Array;
  readonly groups: readonly Group[];
  /** When it waited for a retry: beginnings and ends in turn, Infinity where it goes on. Of those that did. */
  readonly waits: ReadonlyMap<number, Float64Array>;
  /** Milliseconds after origin at which the run ended; Infinity where it goes on. */
  readonly end: number;
  /** What the server's clock said, in milliseconds after origin. */
  readonly now: number;
  /** How many are still going on. */
  readonly open: number;
}

/** The task runs of one task. */
export interface Group {
  readonly name: string;
  /** Indexes of task runs by the time of their beginning. */
  readonly members: Int32Array;
  /** How many of each look, by its index. */
  readonly counts: Int32Array;
  readonly from: number;
}

export function buildModel(timeline: Timeline): Model {
  const size = timeline.ids.length;
  const origin = Date.parse(timeline.origin);
  const now = Date.parse(timeline.now) - origin;
  const end = timeline.end ? Date.parse(timeline.end) - origin : Number.POSITIVE_INFINITY;
  const from = new Float64Array(size);
  const begun = new Float64Array(size);
  const until = new Float64Array(size);
  const look = new Uint8Array(size);
  const looks = timeline.state_names.map((name, i) => lookIndex(lookOf(timeline.state_types[i], name)));
  let open = 0;
  for (let i = 0; i < size; i++) {
    const expected = timeline.expected[i] ?? -1;
    const started = timeline.started[i] ?? -1;
    const ended = timeline.ended[i] ?? -1;
    const first = expected >= 0 ? (started >= 0 ? Math.min(expected, started) : expected) : started;
    from[i] = first >= 0 ? first : Math.max(ended, 0);
    begun[i] = started >= 0 ? started : ended >= 0 ? ended : Number.NaN;
    until[i] = ended >= 0 ? Math.max(ended, from[i] as number) : Number.POSITIVE_INFINITY;
    look[i] = looks[timeline.state[i] ?? -1] ?? lookIndex("PENDING");
    if (ended < 0) open++;
  }
  const { group, groups } = groupByTask(timeline, from, look);
  const waits = new Map(
    Object.entries(timeline.waits ?? {}).map(([index, times]) => [
      Number(index),
      Float64Array.from(times, (time) => (time < 0 ? Number.POSITIVE_INFINITY : time)),
    ]),
  );
  return { timeline, size, from, begun, until, look, group, groups, waits, end, now, open };
}

function groupByTask(timeline: Timeline, from: Float64Array, look: Uint8Array) {
  const lists: number[][] = timeline.task_names.map(() => []);
  timeline.task.forEach((task, i) => {
    lists[task]?.push(i);
  });
  const found = lists.map((list, task): Group => {
    list.sort((a, b) => (from[a] as number) - (from[b] as number) || a - b);
    const counts = new Int32Array(LOOKS.length);
    for (const i of list) counts[look[i] as number] = (counts[look[i] as number] as number) + 1;
    return {
      name: timeline.task_names[task] ?? "",
      members: Int32Array.from(list),
      counts,
      from: list.length ? (from[list[0] as number] as number) : 0,
    };
  });
  const groups = found.filter((each) => each.members.length > 0);
  groups.sort((a, b) => a.from - b.from);
  const group = new Int32Array(from.length);
  groups.forEach((each, g) => {
    for (const i of each.members) group[i] = g;
  });
  return { group, groups };
}

/** When a task run ended, or how far it has come. */
export function endOf(model: Model, index: number, now: number): number {
  const until = model.until[index] as number;
  return until === Number.POSITIVE_INFINITY
    ? Math.max(Math.min(now, model.end), model.from[index] as number)
    : until;
}

/** From where to where there is something to see; at least a second, so that nothing divides by zero. */
export function extentOf(model: Model, now: number): [number, number] {
  let first = 0;
  let last = model.end === Number.POSITIVE_INFINITY ? now : model.end;
  for (let i = 0; i < model.size; i++) {
    first = Math.min(first, model.from[i] as number);
    const until = model.until[i] as number;
    if (until !== Number.POSITIVE_INFINITY && until > last) last = until;
  }
  return [first, Math.max(last, first + 1000)];
}

/** Milliseconds that it waited between attempts. */
export function waitedToRetry(model: Model, index: number, now: number): number {
  const times = model.waits.get(index);
  let all = 0;
  for (let at = 0; times && at < times.length; at += 2) {
    all += Math.max(0, Math.min(times[at + 1] as number, endOf(model, index, now)) - (times[at] as number));
  }
  return all;
}

/** Milliseconds between the first hearing of a task run and its start; 0 where it started at once. */
export function queuedFor(model: Model, index: number, now: number): number {
  const begun = model.begun[index] as number;
  const until = Number.isNaN(begun) ? endOf(model, index, now) : begun;
  return Math.max(0, until - (model.from[index] as number));
}
