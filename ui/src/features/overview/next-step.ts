import type { Attention } from "./queries";

export interface NextStep {
  /** What can be done about it. */
  advice: string;
  command?: string;
  /** The filter of the runs that it concerns. */
  runs: string;
  label: string;
}

const quoted = (text: string) =>
  /^[^\s",:-][^\s",:]*$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;

const STATES: Record<Attention["kind"], string> = {
  late: "state:late since:all",
  no_worker: "state:late since:all",
  starved: "state:scheduled,pending",
  stuck: "state:pending,cancelling since:all",
  failing: "state:failed,crashed",
};

/** Those runs of a subject that a case is about. */
function runsOf({ kind, subject }: Attention): string {
  const { kind: of, name, within } = subject;
  if (of === "flow_run") return `since:all ${quoted(name)}`;
  const place =
    of === "deployment"
      ? `deployment:${quoted(within ? `${within}/${name}` : name)}`
      : of === "work_pool"
        ? `pool:${quoted(name)}`
        : of === "work_queue"
          ? `pool:${quoted(within ?? "")} queue:${quoted(name)}`
          : of === "flow"
            ? `flow:${quoted(name)}`
            : "";
  return [STATES[kind], place].filter(Boolean).join(" ");
}

/** What to do next about a case. */
export function nextStepOf(attention: Attention): NextStep {
  const { kind, subject } = attention;
  const runs = runsOf(attention);
  switch (kind) {
    case "no_worker":
      return {
        advice: "Start one:",
        command: `penstock worker start --pool ${quoted(subject.name)}`,
        runs,
        label: "Show what waits",
      };
    case "late":
      return {
        advice: "Give its workers a higher limit, or start another worker.",
        runs,
        label: "Show late runs",
      };
    case "starved":
      return {
        advice: "Raise the limit, or cancel what waits for nothing.",
        runs,
        label: "Show what waits",
      };
    case "stuck":
      return {
        advice: "Look at the worker's log, or cancel the runs.",
        runs,
        label: "Show the runs",
      };
    case "failing":
      return {
        advice: "Read the log of the last run; pause the schedule until it is mended.",
        runs,
        label: "Show failed runs",
      };
  }
}
