// What is done to many runs, fifty at a time: it tells how far it is, can be stopped between two calls, and says of
// each run whether it was done or why not.

export interface Target {
  id: string;
  name?: string | undefined;
  expected?: string | null | undefined;
}

export interface Outcome {
  id: string;
  /** Nothing where it was done. */
  refused?: string | undefined;
  /** The state that it is in now, where it was told. */
  state?: string | undefined;
}

export interface Reason {
  text: string;
  count: number;
  /** The first of them. */
  examples: Target[];
}

export interface Progress {
  phase: "running" | "stopping" | "done" | "stopped" | "failed";
  done: number;
  refused: number;
  /** How many there are; unknown while a filter finds more. */
  total: number | undefined;
  reasons: readonly Reason[];
  error?: unknown;
}

/** Hands out the targets by and by; nothing at the end. */
export type Source = (signal: AbortSignal) => Promise<Target[] | undefined>;

export interface Work {
  next: Source;
  act: (targets: readonly Target[]) => Promise<readonly Outcome[]>;
  total: number | undefined;
  atOnce: number;
  onProgress: (progress: Progress) => void;
  /** Of each that was done. */
  onDone?: (target: Target, outcome: Outcome) => void;
}

const EXAMPLES = 3;

export interface Running {
  finished: Promise<Progress>;
  stop: () => void;
}

export function start({ next, act, total, atOnce, onProgress, onDone }: Work): Running {
  const stopping = new AbortController();
  let progress: Progress = { phase: "running", done: 0, refused: 0, total, reasons: [] };
  const tell = (part: Partial<Progress>) => {
    progress = { ...progress, ...part };
    onProgress(progress);
  };
  const note = (targets: readonly Target[], outcomes: readonly Outcome[]) => {
    const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    let { done, refused, reasons } = progress;
    for (const target of targets) {
      const outcome = byId.get(target.id) ?? { id: target.id, refused: "It is not there any more." };
      if (outcome.refused === undefined) {
        done += 1;
        onDone?.(target, outcome);
      } else {
        refused += 1;
        reasons = withReason(reasons, outcome.refused, target);
      }
    }
    tell({ done, refused, reasons });
  };
  const run = async () => {
    try {
      for (let batch = await next(stopping.signal); batch; batch = await next(stopping.signal)) {
        for (let from = 0; from < batch.length; from += atOnce) {
          if (stopping.signal.aborted) break;
          const some = batch.slice(from, from + atOnce);
          note(some, await act(some));
        }
        if (stopping.signal.aborted) break;
      }
      tell({ phase: stopping.signal.aborted ? "stopped" : "done" });
    } catch (error) {
      tell(stopping.signal.aborted ? { phase: "stopped" } : { phase: "failed", error });
    }
    return progress;
  };
  onProgress(progress);
  return {
    finished: run(),
    stop: () => {
      if (progress.phase === "running") tell({ phase: "stopping" });
      stopping.abort();
    },
  };
}

function withReason(reasons: readonly Reason[], text: string, target: Target): Reason[] {
  const known = reasons.find((reason) => reason.text === text);
  if (!known) return [...reasons, { text, count: 1, examples: [target] }];
  const examples = known.examples.length < EXAMPLES ? [...known.examples, target] : known.examples;
  return reasons.map((reason) =>
    reason === known ? { ...known, count: known.count + 1, examples } : reason,
  );
}

/** These targets, all at once. */
export function listed(targets: readonly Target[]): Source {
  let left: Target[] | undefined = [...targets];
  return async () => {
    const all = left;
    left = undefined;
    return all && all.length > 0 ? all : undefined;
  };
}

/** All that a list finds, stretch by stretch, as it was when it began: what comes later is not meant. */
export function paged(
  read: (cursor: string | null, signal: AbortSignal) => Promise<{ targets: Target[]; next: string | null }>,
): Source {
  let cursor: string | null = null;
  let isOver = false;
  return async (signal) => {
    while (!isOver) {
      const { targets, next }: { targets: Target[]; next: string | null } = await read(cursor, signal);
      cursor = next;
      isOver = next === null;
      if (targets.length > 0) return targets;
    }
    return undefined;
  };
}
