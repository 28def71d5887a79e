import type { Schema } from "@/lib/api";

type Entry = Schema["StateEntry"];

/** One try of a run: the states from its beginning to the next. */
export interface Attempt {
  /** From 1; 0 for what came before anything ran. */
  number: number;
  entries: Entry[];
  started: string | null;
  /** When it was over; null while it goes on. */
  ended: string | null;
  /** The state in which it ended, or is. */
  outcome: Entry["state"];
  /** Seconds between the end of the attempt before and the start of this one. */
  waited: number | null;
}

/** Groups states by attempt: each entry into RUNNING from another state begins one. */
export function attemptsOf(history: readonly Entry[]): Attempt[] {
  const groups: Entry[][] = [];
  let before: Entry | undefined;
  for (const entry of history) {
    const begins = entry.state.type === "RUNNING" && before?.state.type !== "RUNNING";
    const isRetry = entry.state.name === "Retrying";
    const last = groups[groups.length - 1];
    if (last === undefined || ((begins || isRetry) && last.some(({ state }) => state.type === "RUNNING"))) {
      groups.push([entry]);
    } else last.push(entry);
    before = entry;
  }
  let number = 0;
  let endedBefore: string | null = null;
  return groups.map((entries) => {
    const first = entries.find(({ state }) => state.type === "RUNNING");
    if (first) number += 1;
    const at = first ? entries.indexOf(first) : -1;
    const after = entries.slice(at + 1).find(({ state }) => state.type !== "RUNNING");
    const started = first?.state.timestamp ?? null;
    const ended = first ? (after?.state.timestamp ?? null) : null;
    const waited =
      started && endedBefore ? Math.max(0, (Date.parse(started) - Date.parse(endedBefore)) / 1000) : null;
    endedBefore = ended ?? endedBefore;
    const outcome = (after ?? entries[entries.length - 1] ?? { state: {} }).state as Entry["state"];
    return { number: first ? number : 0, entries, started, ended, outcome, waited };
  });
}
