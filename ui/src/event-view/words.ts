// What happened, in words: "failed", "was created". Events of others keep their name.

/** After the name of the resource. By the last part of the event's name. */
const VERBS: Readonly<Record<string, string>> = {
  AwaitingConcurrencySlot: "waits for a concurrency slot",
  AwaitingRetry: "waits to be tried again",
  Cached: "took a result from the cache",
  Cancelled: "was cancelled",
  Cancelling: "is being cancelled",
  Completed: "completed",
  Crashed: "crashed",
  Failed: "failed",
  InfrastructurePending: "waits for its infrastructure",
  Late: "is late",
  Paused: "paused",
  Pending: "is pending",
  Resuming: "resumes",
  Retrying: "is tried again",
  RolledBack: "was rolled back",
  Running: "is running",
  Scheduled: "was scheduled",
  Submitting: "is being submitted",
  Suspended: "was suspended",
  TimedOut: "timed out",
  acquired: "was acquired",
  created: "was created",
  deleted: "was deleted",
  disabled: "was switched off",
  enabled: "was switched on",
  heartbeat: "said that it is alive",
  "not-ready": "became not ready",
  paused: "was paused",
  ready: "became ready",
  released: "was released",
  resumed: "was resumed",
  started: "started",
  stopped: "stopped",
  triggered: "fired",
  resolved: "is over",
  updated: "was changed",
};

const PHRASES: Readonly<Record<string, string>> = {
  "action.executed": "did an action",
  "action.failed": "failed at an action",
  "action.triggered": "starts an action",
  "executed-flow-run": "ran a flow run",
  "materialization.failed": "failed to be materialised",
  "materialization.succeeded": "was materialised",
  "pull-step.executed": "did a step of fetching its code",
  "pull-step.failed": "failed at fetching its code",
  "submitted-flow-run": "submitted a flow run",
};

/** What comes after `prefect.<kind>.`; undefined for events of others. */
function actOf(name: string): string | undefined {
  return /^(?:prefect|penstock)\.[a-z-]+\.(.+)$/.exec(name)?.[1];
}

/** What happened to the resource: "failed"; undefined where only the name of the event tells. */
export function verbOf(name: string): string | undefined {
  const act = actOf(name);
  if (act === undefined) return undefined;
  return PHRASES[act] ?? VERBS[act] ?? spelled(act);
}

/** `some-thing.DidHappen` with blanks. */
function spelled(act: string): string {
  return act
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[-._]+/g, " ")
    .toLowerCase();
}

/** The name of an event, as part of a sentence about any resource: "fails", `order.placed`. */
export function isOurs(name: string): boolean {
  return actOf(name) !== undefined;
}
