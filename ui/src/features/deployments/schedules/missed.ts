// What a schedule says of runs that were missed, while it is edited and in a few words.
import type { Schedule } from "../queries";
import type { ScheduleToSave } from "./queries";

/** `server`: nothing is said here. */
export type Policy = "server" | "all" | "latest" | "none";

export interface MissedDraft {
  catchUp: Policy;
  /** Seconds after which a run is skipped. */
  latest: number | null;
}

export function missedOf({ catch_up, max_lateness_seconds }: Partial<Schedule>): MissedDraft {
  return { catchUp: catch_up ?? "server", latest: max_lateness_seconds ?? null };
}

export function missedToSave({ catchUp, latest }: MissedDraft): Partial<ScheduleToSave> {
  return { catch_up: catchUp === "server" ? null : catchUp, max_lateness_seconds: latest };
}

const WORDS = {
  all: "makes up all missed runs",
  latest: "makes up the newest missed run",
  none: "skips missed runs",
};

/** What is shown of it beside a schedule; nothing where it says nothing. */
export function missedWords({ catch_up, max_lateness_seconds: latest }: Partial<Schedule>): string[] {
  return [
    ...(catch_up ? [WORDS[catch_up]] : []),
    ...(latest === undefined ? [] : [`skips what is ${latest} s late`]),
  ];
}
