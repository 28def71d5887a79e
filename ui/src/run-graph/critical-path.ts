import { endOf, type Model } from "./model";

export interface CriticalPath {
  /** Task runs, first to last. */
  readonly path: readonly number[];
  /** Milliseconds that tasks of the path took; the rest of the run is waiting and the flow's own code. */
  readonly busy: number;
  readonly has: ReadonlySet<number>;
}

/** Without a known dependency, a task run that was asked for so soon after another ended had waited for it. */
const PROMPT_MS = 250;

/**
 * The chain of task runs that decided when the run ended: from the one that ended last, always to the one
 * that it waited for longest. That is the parent that ended last; where none is known, the task run whose end
 * came right before this one was asked for, because then the flow's code called one after the other.
 */
export function criticalPath(model: Model, now: number): CriticalPath {
  const byEnd = new Int32Array(model.size).map((_, i) => i);
  const ends = new Float64Array(model.size).map((_, i) => endOf(model, i, now));
  byEnd.sort((a, b) => (ends[a] as number) - (ends[b] as number) || a - b);
  const path: number[] = [];
  const has = new Set<number>();
  let busy = 0;
  let at = byEnd[byEnd.length - 1];
  while (at !== undefined && !has.has(at)) {
    has.add(at);
    path.push(at);
    const begun = model.begun[at] as number;
    if (!Number.isNaN(begun)) busy += Math.max(0, (ends[at] as number) - begun);
    at = lastParent(model, ends, at) ?? predecessor(model, byEnd, ends, at);
  }
  path.reverse();
  return { path, busy, has };
}

function lastParent(model: Model, ends: Float64Array, index: number): number | undefined {
  let best: number | undefined;
  for (const parent of model.timeline.parents[index] ?? []) {
    if (parent < 0 || parent >= model.size) continue;
    if (best === undefined || (ends[parent] as number) > (ends[best] as number)) best = parent;
  }
  return best;
}

function predecessor(model: Model, byEnd: Int32Array, ends: Float64Array, index: number): number | undefined {
  const asked = model.from[index] as number;
  let low = 0;
  let high = byEnd.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[byEnd[middle] as number] as number) <= asked) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= 0; at--) {
    const found = byEnd[at] as number;
    if (found === index) continue;
    return asked - (ends[found] as number) <= PROMPT_MS ? found : undefined;
  }
  return undefined;
}
