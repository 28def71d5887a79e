import { STATE_TYPES, stateLabel } from "@/design/states";

/** Names in use and the types that they belong to; plain names of types are not among them. */
const NAMED: Record<string, string> = {
  Late: "SCHEDULED",
  AwaitingRetry: "SCHEDULED",
  AwaitingConcurrencySlot: "SCHEDULED",
  Resuming: "SCHEDULED",
  Submitting: "PENDING",
  InfrastructurePending: "PENDING",
  NotReady: "PENDING",
  Retrying: "RUNNING",
  Suspended: "PAUSED",
  Cached: "COMPLETED",
  RolledBack: "COMPLETED",
  TimedOut: "FAILED",
};

export interface StateChoice {
  /** As it stands in a filter: "failed", "awaiting-retry". */
  value: string;
  label: string;
  type: string;
  /** Where only states of this name are meant. */
  name?: string;
}

const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

const TYPES: StateChoice[] = STATE_TYPES.map((type) => ({
  value: type.toLowerCase(),
  label: stateLabel(type),
  type,
}));
const NAMES: StateChoice[] = Object.entries(NAMED).map(([name, type]) => ({
  value: kebab(name),
  label: stateLabel(type, name),
  type,
  name,
}));

export const STATE_CHOICES: readonly StateChoice[] = [...TYPES, ...NAMES];

const GROUPS: [string, string[]][] = [
  ["To come", ["scheduled", "late", "awaiting-retry", "awaiting-concurrency-slot", "paused"]],
  ["Under way", ["pending", "running", "cancelling"]],
  ["Ended well", ["completed", "cached"]],
  ["Ended badly", ["failed", "timed-out", "crashed", "cancelled"]],
];

/** What is offered, by how far a run is. */
export const STATE_GROUPS: readonly { label: string; choices: StateChoice[] }[] = GROUPS.map(
  ([label, values]) => ({
    label,
    choices: values.flatMap((value) => STATE_CHOICES.find((choice) => choice.value === value) ?? []),
  }),
);

const bare = (text: string) => text.toLowerCase().replace(/[\s_-]/g, "");

/** The state that a word means: "Failed", "awaiting_retry", "TimedOut". */
export function stateOf(word: string): StateChoice | undefined {
  return STATE_CHOICES.find((choice) => bare(choice.value) === bare(word));
}

export function stateChoiceLabel(value: string): string {
  return STATE_CHOICES.find((choice) => choice.value === value)?.label ?? value;
}
