import type { Schema } from "@/lib/api";
import { filterWord, shellWord } from "@/lib/quoting";

/** What every list and command calls a deployment: "flow/name". */
export const fullName = ({ flow_name, name }: { flow_name: string; name: string }): string =>
  `${flow_name}/${name}`;

export const runCommand = (name: string): string => `penstock deployment run ${shellWord(name)}`;

/** The text that finds a deployment's runs on the page of runs. */
export const runsOf = (name: string, more = ""): string =>
  `deployment:${filterWord(name)}${more && ` ${more}`}`;

export interface Standing {
  text: string;
  tone: "success" | "warning" | "neutral";
  /** What it means, or what to do. */
  detail: string;
}

/** Whether its runs would be taken, in words. */
export function standing(deployment: {
  paused: boolean;
  status: Schema["DeploymentStatus"] | null;
  work_pool_name: string | null;
}): Standing {
  if (deployment.paused)
    return {
      text: "Paused",
      tone: "neutral",
      detail: "Its schedules make no runs. It can still be run by hand.",
    };
  if (deployment.status === "READY")
    return { text: "Ready", tone: "success", detail: "Somebody takes its runs." };
  const pool = deployment.work_pool_name;
  return {
    text: "Not ready",
    tone: "warning",
    detail: pool
      ? `Nobody takes its runs: start a worker with penstock worker start --pool ${shellWord(pool)}`
      : "Nobody takes its runs: it is in no work pool, and no process serves it.",
  };
}
