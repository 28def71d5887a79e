import type { Schema } from "@/lib/api";
import { plural } from "@/lib/format";

/** What edits of a deployment do, in a sentence or two. */
export function impactText({ changes, waiting_runs: waiting }: Schema["EditImpact"]): string {
  if (!changes.length) return "New runs get the same values as before.";
  const values = `${plural(changes.length, "value")} of new runs`;
  const queued = waiting
    ? `, and of ${plural(waiting, "run")} that ${waiting === 1 ? "waits" : "wait"},`
    : "";
  return `${values}${queued} ${changes.length === 1 ? "changes" : "change"}. Runs that a worker has claimed keep what they got.`;
}
