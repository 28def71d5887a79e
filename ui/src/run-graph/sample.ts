import type { Timeline } from "./model";

type Given = {
  task?: string;
  label?: string;
  state?: [string, string];
  expected?: number;
  started?: number;
  ended?: number;
  attempts?: number;
  parents?: number[];
  waits?: number[];
};

/** A timeline from what matters of each task run; times are milliseconds after the run's origin. */
export function timelineOf(given: readonly Given[], rest: Partial<Timeline> = {}): Timeline {
  const names = [...new Set(given.map(({ task = "task" }) => task))];
  const states = [
    ...new Map(given.map(({ state = ["COMPLETED", "Completed"] }) => [state[1], state])).values(),
  ];
  const origin = Date.UTC(2026, 0, 5, 8);
  const last = Math.max(0, ...given.map(({ ended = 0 }) => ended));
  return {
    origin: new Date(origin).toISOString(),
    now: new Date(origin + last).toISOString(),
    end: new Date(origin + last).toISOString(),
    task_names: names,
    state_names: states.map(([, name]) => name),
    state_types: states.map(([type]) => type),
    ids: given.map((_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`),
    labels: given.map(({ label, task = "task" }, i) => label ?? `${task}-${i}`),
    task: given.map(({ task = "task" }) => names.indexOf(task)),
    state: given.map(({ state = ["COMPLETED", "Completed"] }) =>
      states.findIndex(([, name]) => name === state[1]),
    ),
    expected: given.map(({ expected, started }) => expected ?? started ?? -1),
    started: given.map(({ started }) => started ?? -1),
    ended: given.map(({ ended }) => ended ?? -1),
    attempts: given.map(({ attempts = 1 }) => attempts),
    parents: given.map(({ parents = [] }) => parents),
    children: {},
    waits: Object.fromEntries(given.flatMap(({ waits }, i) => (waits ? [[i, waits]] : []))),
    total: given.length,
    ...rest,
  };
}

/** A run with so many task runs that looks like one of those that are large: a fan-out in waves, with failures. */
export function largeTimeline(size: number, tasks = 6, seed = 7): Timeline {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const looks: [string, string][] = [
    ["COMPLETED", "Completed"],
    ["COMPLETED", "Cached"],
    ["FAILED", "Failed"],
    ["CRASHED", "Crashed"],
    ["RUNNING", "Running"],
    ["SCHEDULED", "AwaitingRetry"],
  ];
  const each = Math.ceil(size / tasks);
  const given = Array.from({ length: size }, (_, i): Given => {
    const wave = Math.floor(i / each);
    const place = i % each;
    const expected = Math.round(wave * 60_000 + place * (55_000 / each) + random() * 200);
    const started = Math.round(expected + random() * 900);
    const chance = random();
    const isLast = i > size - 40;
    const look = isLast ? 4 : chance > 0.99 ? 3 : chance > 0.96 ? 2 : chance > 0.9 ? 1 : 0;
    const given: Given = {
      task: ["extract", "clean", "join", "score", "publish", "notify"][wave] ?? `step-${wave}`,
      expected,
      started,
      attempts: chance > 0.93 ? 2 : 1,
      parents: wave === 0 ? [] : [(wave - 1) * each + place],
      state: looks[look] ?? ["COMPLETED", "Completed"],
    };
    if (!isLast) given.ended = Math.round(started + 200 + random() ** 3 * 6000);
    return given;
  });
  return timelineOf(given, { end: null });
}
