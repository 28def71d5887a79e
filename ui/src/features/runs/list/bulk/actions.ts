import { CircleSlash, type LucideIcon, RotateCcw, Trash2 } from "lucide-react";
import { plural } from "@/lib/format";
import { deleteRuns, proposeState } from "../queries";
import type { Outcome, Target } from "./loop";

export type ActionId = "cancel" | "retry" | "delete";

export interface Action {
  id: ActionId;
  label: string;
  icon: LucideIcon;
  /** "Cancel 12 runs" */
  title: (runs: string) => string;
  explanation: string;
  doing: string;
  done: (count: number) => string;
  act: (targets: readonly Target[]) => Promise<readonly Outcome[]>;
}

type Answer = Awaited<ReturnType<typeof proposeState>>[number];

/** A proposal that was rejected for another state has been decided all the same: what has not started is cancelled at once. */
export function outcomeOf({ flow_run_id: id, status, state, details }: Answer): Outcome {
  const isEntered = status === "ACCEPT" || (status === "REJECT" && state);
  if (isEntered) return { id, state: state?.type };
  const reason = "reason" in details && details.reason ? details.reason : undefined;
  return { id, refused: reason ?? "The server left it as it is." };
}

const idsOf = (targets: readonly Target[]) => targets.map(({ id }) => id);

async function cancel(targets: readonly Target[]): Promise<Outcome[]> {
  const results = await proposeState(idsOf(targets), {
    type: "CANCELLING",
    message: "Cancelled in the web UI.",
  });
  return results.map((result) => {
    const outcome = outcomeOf(result);
    const ended = outcome.state !== undefined && !["CANCELLING", "CANCELLED"].includes(outcome.state);
    return ended ? { ...outcome, refused: `It is ${outcome.state?.toLowerCase()}.` } : outcome;
  });
}

async function retry(targets: readonly Target[]): Promise<Outcome[]> {
  const state = { type: "SCHEDULED", name: "AwaitingRetry", message: "Retried in the web UI." } as const;
  const results = await proposeState(idsOf(targets), state);
  return results.map((result) => {
    const outcome = outcomeOf(result);
    const isScheduled = outcome.state === "SCHEDULED";
    return outcome.refused !== undefined || isScheduled
      ? outcome
      : { ...outcome, refused: `It is ${outcome.state?.toLowerCase()}.` };
  });
}

async function remove(targets: readonly Target[]): Promise<Outcome[]> {
  return (await deleteRuns(idsOf(targets))).map((id) => ({ id }));
}

export const ACTIONS: Record<ActionId, Action> = {
  cancel: {
    id: "cancel",
    label: "Cancel",
    icon: CircleSlash,
    title: (runs) => `Cancel ${runs}`,
    explanation:
      "What has not started is cancelled at once; what runs is ended by whoever runs it. Runs that have ended stay as they are.",
    doing: "Cancelling",
    done: (count) => `${plural(count, "run")} cancelled`,
    act: cancel,
  },
  retry: {
    id: "retry",
    label: "Retry",
    icon: RotateCcw,
    title: (runs) => `Retry ${runs}`,
    explanation:
      "They are scheduled again at once, with the same parameters and job variables. Runs that have not ended stay as they are.",
    doing: "Scheduling again",
    done: (count) => `${plural(count, "run")} scheduled again`,
    act: retry,
  },
  delete: {
    id: "delete",
    label: "Delete",
    icon: Trash2,
    title: (runs) => `Delete ${runs}`,
    explanation: "Their task runs, states and logs go with them. This cannot be undone.",
    doing: "Deleting",
    done: (count) => `${plural(count, "run")} deleted`,
    act: remove,
  },
};
