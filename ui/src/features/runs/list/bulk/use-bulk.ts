import { useEffect, useRef, useState } from "react";
import { toast } from "@/design/toast";
import { plural } from "@/lib/format";
import { MAX_BULK, proposeStateOf } from "../queries";
import { ACTIONS, type Action } from "./actions";
import { listed, type Outcome, type Progress, type Running, type Source, start, type Target } from "./loop";

/** More would take too long to be a way back. */
const MOST_UNDONE = 200;

export interface Job {
  action: Action;
  progress: Progress;
  stop: () => void;
}

/** What is being done to many runs; one thing at a time. */
export function useBulk(onFinished: () => void) {
  const [job, setJob] = useState<Job>();
  const running = useRef<Running>(undefined);
  useEffect(() => () => running.current?.stop(), []);
  const begin = (action: Action, next: Source, total: number | undefined) => {
    const changed: [Target, Outcome][] = [];
    const show = (progress: Progress) => setJob({ action, progress, stop: () => running.current?.stop() });
    const work = start({
      next,
      total,
      act: action.act,
      atOnce: MAX_BULK,
      onProgress: show,
      onDone: (target, outcome) => changed.push([target, outcome]),
    });
    running.current = work;
    void work.finished.then((end) => {
      onFinished();
      const isPlain = end.phase === "done" && end.refused === 0;
      if (!isPlain) return;
      setJob(undefined);
      toast({ title: action.done(end.done), undo: undoOf(action, changed) });
    });
  };
  return { job, begin, close: () => setJob(undefined) };
}

/** How to take it back: what was scheduled again is cancelled, what was cancelled before it began is scheduled as it was. */
function undoOf(action: Action, changed: readonly [Target, Outcome][]): (() => Promise<void>) | undefined {
  if (changed.length === 0 || changed.length > MOST_UNDONE) return undefined;
  if (action.id === "retry") return () => undoRetry(changed.map(([target]) => target));
  const wereWaiting = changed.filter(([target, { state }]) => state === "CANCELLED" && target.expected);
  if (action.id !== "cancel" || wereWaiting.length < changed.length) return undefined;
  return () => undoCancel(wereWaiting.map(([target]) => target));
}

async function undoRetry(targets: readonly Target[]): Promise<void> {
  const work = start({
    next: listed(targets),
    total: targets.length,
    act: ACTIONS.cancel.act,
    atOnce: MAX_BULK,
    onProgress: () => {},
  });
  const end = await work.finished;
  if (end.error !== undefined) throw end.error;
  toast({ title: `${plural(end.done, "run")} cancelled again`, tone: "info" });
}

async function undoCancel(targets: readonly Target[]): Promise<void> {
  let done = 0;
  for (const { id, expected } of targets) {
    const { status } = await proposeStateOf(id, {
      type: "SCHEDULED",
      message: "Its cancellation was taken back in the web UI.",
      state_details: { scheduled_time: expected ?? null },
    });
    if (status === "ACCEPT") done += 1;
  }
  toast({
    title: `${plural(done, "run")} scheduled as before`,
    detail: done < targets.length ? `${targets.length - done} could not be brought back.` : undefined,
    tone: "info",
  });
}
