import type { StripRun } from "../run-strip";

/** A run with how long it took, in the order of time. */
export interface Bar {
  run: StripRun;
  seconds: number;
  /** Of the highest bar, from 0 to 1. */
  height: number;
}

const LEAST = 0.03;

/** The runs that have begun, oldest first, each with the height of its bar; `runs` has the newest first. */
export function barsOf(runs: readonly StripRun[], most: number, now: number): { bars: Bar[]; top: number } {
  const begun = runs.filter((run) => run.start_time !== null).slice(0, most);
  const timed = begun.map((run) => ({ run, seconds: secondsOf(run, now) })).reverse();
  const top = niceTop(Math.max(...timed.map(({ seconds }) => seconds), 0));
  const bars = timed.map((each) => ({ ...each, height: Math.max(LEAST, each.seconds / top) }));
  return { bars, top };
}

function secondsOf({ state_type, start_time, estimated_run_time }: StripRun, now: number): number {
  if (state_type !== "RUNNING" || start_time === null) return estimated_run_time;
  return Math.max(estimated_run_time, (now - Date.parse(start_time)) / 1000);
}

const STEPS = [1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600];
const HOUR = 3600;

/** The next round length of time. */
export function niceTop(seconds: number): number {
  if (seconds <= 0) return 1;
  if (seconds < 1) return Math.ceil(seconds * 10) / 10;
  const step = STEPS.find((each) => each >= seconds);
  return step ?? Math.ceil(seconds / HOUR) * HOUR;
}
