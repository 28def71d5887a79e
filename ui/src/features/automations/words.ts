// What an automation does, in a sentence. Pure: from its JSON and the names of what it speaks of.
import { kindLabel } from "@/event-view/labels";
import { duration } from "@/lib/format";

type Labels = { readonly [label: string]: string | readonly string[] };

/** As the server has triggers and actions, or as somebody is writing them: any part may be missing. */
export type TriggerLike = Readonly<Record<string, unknown>>;
export type ActionLike = Readonly<Record<string, unknown>>;

/** The name of what an id stands for. */
export type NameOf = (id: string) => string | undefined;

const STATES: Readonly<Record<string, string>> = {
  AwaitingRetry: "waits to be tried again",
  Cancelled: "is cancelled",
  Cancelling: "is being cancelled",
  Completed: "completes",
  Crashed: "crashes",
  Failed: "fails",
  Late: "is late",
  Paused: "pauses",
  Pending: "is pending",
  Retrying: "is tried again",
  Running: "starts to run",
  Scheduled: "is scheduled",
  Suspended: "is suspended",
  TimedOut: "times out",
  created: "is created",
  deleted: "is deleted",
  heartbeat: "says that it is alive",
  "not-ready": "becomes not ready",
  ready: "becomes ready",
  updated: "is changed",
};

const listOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map(String)
    : value === undefined || value === null || value === ""
      ? []
      : [String(value)];
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const numberOf = (value: unknown): number => {
  const number = Number(typeof value === "object" ? String(value) : value);
  return Number.isFinite(number) ? number : 0;
};

export function joined(parts: readonly string[], last: string): string {
  if (parts.length <= 2) return parts.join(` ${last} `);
  return `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

/** `prefect.flow-run.Failed` as "a flow run fails". */
export function happening(name: string): string {
  const [, kind, act] = /^(?:prefect|penstock)\.([a-z-]+)\.(.+)$/.exec(name) ?? [];
  if (!kind || !act) return name === "*" ? "anything happens" : `${name} comes`;
  const thing = `a ${kindLabel(kind).toLowerCase()}`.replace(/^a (?=[aeiou])/, "an ");
  if (act === "*") return `anything happens to ${thing}`;
  const verb = STATES[act];
  return verb ? `${thing} ${verb}` : `${name} comes`;
}

/** Several names as one clause: the subject that they share is said once. */
function happenings(names: readonly string[], where = ""): string {
  if (!names.length) return `any event comes${where}`;
  const said = names.map(happening);
  const [first = ""] = said;
  const subject =
    /^(an? [a-z ]+?) (?=fails|is |completes|crashes|pauses|starts|waits|says|becomes|times)/.exec(first)?.[1];
  if (!subject || !said.every((each) => each.startsWith(`${subject} `)))
    return `${joined(said, "or")}${where}`;
  return `${subject}${where} ${joined(
    said.map((each) => each.slice(subject.length + 1)),
    "or",
  )}`;
}

/** What the labels of a trigger ask for. */
function about(match: unknown, related: unknown, nameOf: NameOf): string {
  const own = isRecord(match) ? (match as Labels) : {};
  const specs = Array.isArray(related) ? related : [related];
  const parts = [...labelsSaid(own, nameOf), ...specs.flatMap((spec) => relatedSaid(spec, nameOf))];
  return parts.length ? ` ${joined(parts, "and")}` : "";
}

function labelsSaid(labels: Labels, nameOf: NameOf): string[] {
  return Object.entries(labels).flatMap(([label, wanted]) => {
    const values = listOf(wanted);
    if (label === "prefect.resource.id") {
      const open = values.filter((value) => !/^prefect\.[a-z-]+\.\*$/.test(value));
      return open.length
        ? [
            `for ${joined(
              open.map((id) => idSaid(id, nameOf)),
              "or",
            )}`,
          ]
        : [];
    }
    return [`with ${label.replace(/^prefect\.(resource\.)?/, "")} ${joined(values, "or")}`];
  });
}

function relatedSaid(spec: unknown, nameOf: NameOf): string[] {
  if (!isRecord(spec) || !Object.keys(spec).length) return [];
  const { "prefect.resource.id": ids, "prefect.resource.role": role, ...rest } = spec as Labels;
  const values = listOf(ids);
  const { "prefect.resource.name": names, ...others } = rest;
  if (role && names !== undefined && !values.length && !Object.keys(others).length)
    return [`of ${String(role)} ${joined(listOf(names), "or")}`];
  if (values.length && !Object.keys(rest).length) {
    const named = values.map((id) => idSaid(id, nameOf));
    return [`of ${role && !values[0]?.startsWith("prefect.") ? `${role} ` : ""}${joined(named, "or")}`];
  }
  return [
    `with ${role ? `a ${String(role)} ` : ""}${joined(labelsSaid({ ...rest, ...(ids ? { "prefect.resource.id": ids } : {}) }, nameOf), "and")}`,
  ];
}

function idSaid(id: string, nameOf: NameOf): string {
  const [, kind, rest] = /^prefect\.([a-z-]+)\.(.+)$/.exec(id) ?? [];
  if (!kind || !rest) return id;
  const name = nameOf(rest) ?? (/^[0-9a-f-]{36}$/.test(rest) ? `${rest.slice(0, 8)}…` : rest);
  return `${kindLabel(kind).toLowerCase()} ${name}`;
}

const spanSaid = (seconds: unknown): string => duration(numberOf(seconds));

/** "a flow run fails 3 times within 5m": what a trigger waits for, as the part after "When". */
export function triggerClause(trigger: TriggerLike, nameOf: NameOf = () => undefined): string {
  switch (trigger.type) {
    case "metric":
      return metricClause(trigger, nameOf);
    case "compound":
    case "sequence":
      return severalClause(trigger, nameOf);
    default:
      return trigger.posture === "Proactive" ? silenceClause(trigger, nameOf) : eventClause(trigger, nameOf);
  }
}

function eventClause(trigger: TriggerLike, nameOf: NameOf): string {
  const threshold = numberOf(trigger.threshold ?? 1);
  const within = numberOf(trigger.within);
  const after = listOf(trigger.after);
  const counted = threshold > 1 ? ` ${threshold} times` : "";
  const bounded = within > 0 && (threshold > 1 || after.length) ? ` within ${spanSaid(within)}` : "";
  const where = about(trigger.match, trigger.match_related, nameOf);
  const first = after.length ? ` after ${happenings(after)}` : "";
  return `${happenings(listOf(trigger.expect), where)}${counted}${first}${bounded}`;
}

function silenceClause(trigger: TriggerLike, nameOf: NameOf): string {
  const expected = listOf(trigger.expect);
  const after = listOf(trigger.after);
  const threshold = numberOf(trigger.threshold ?? 1);
  const span = spanSaid(trigger.within);
  const where = about(trigger.match, trigger.match_related, nameOf);
  const awaited = expected.length ? happenings(expected, where) : `anything happens${where}`;
  const missed = threshold > 1 ? `it is seen fewer than ${threshold} times` : "it is not seen";
  const begin = after.length ? `within ${span} after ${happenings(after)}` : `for ${span}`;
  return `${begin} ${missed} that ${awaited}`;
}

const METRICS: Readonly<Record<string, string>> = {
  duration: "the mean duration of runs",
  lateness: "the mean lateness of runs",
  successes: "the share of runs that complete",
};
const OPERATORS: Readonly<Record<string, string>> = {
  "<": "less than",
  "<=": "at most",
  ">": "more than",
  ">=": "at least",
};

function metricClause(trigger: TriggerLike, nameOf: NameOf): string {
  const metric = isRecord(trigger.metric) ? trigger.metric : {};
  const name = String(metric.name ?? "");
  const threshold = numberOf(metric.threshold);
  const bound = name === "successes" ? `${threshold * 100} %` : duration(threshold);
  const where = about(trigger.match, trigger.match_related, nameOf);
  return `${METRICS[name] ?? "a measure of runs"}${where} is ${OPERATORS[String(metric.operator)] ?? "beyond"} ${bound} for ${spanSaid(metric.firing_for ?? 300)}`;
}

function severalClause(trigger: TriggerLike, nameOf: NameOf): string {
  const inner = (Array.isArray(trigger.triggers) ? trigger.triggers : []).filter(isRecord);
  const said = inner.map((each) => triggerClause(each, nameOf));
  if (!said.length) return "nothing yet happens";
  const within = trigger.within ? ` within ${spanSaid(trigger.within)}` : "";
  if (trigger.type === "sequence") return `${said.join(", then ")}${within}`;
  const require = trigger.require;
  if (require === "any" || require === 1) return `${joined(said, "or")}${within}`;
  if (require === "all" || numberOf(require) === said.length) return `${joined(said, "and")}${within}`;
  return `${numberOf(require)} of these happen${within}: ${said.join("; ")}`;
}

const KINDS_OF_TARGET: Readonly<Record<string, string>> = {
  automation: "automation_id",
  deployment: "deployment_id",
  "work-pool": "work_pool_id",
  "work-queue": "work_queue_id",
};

/** "run etl/nightly": what an action does. */
export function actionPhrase(action: ActionLike, nameOf: NameOf = () => undefined): string {
  const type = String(action.type ?? "");
  const [, verb, kind] = /^(run|pause|resume)-(deployment|work-pool|work-queue|automation)$/.exec(type) ?? [];
  if (verb && kind) {
    const id = action[KINDS_OF_TARGET[kind] ?? ""];
    const noun = kind.replace("-", " ");
    if (action.source === "inferred") return `${verb} the ${noun} of the event`;
    if (!id) return `${verb} a ${noun}`.replace("a automation", "an automation");
    return `${verb} ${kind === "deployment" && verb === "run" ? "" : `the ${noun} `}${nameOf(String(id)) ?? `${String(id).slice(0, 8)}…`}`;
  }
  switch (type) {
    case "do-nothing":
      return "only note it";
    case "cancel-flow-run":
      return "cancel the run";
    case "delete-flow-run":
      return "delete the run";
    case "suspend-flow-run":
      return "suspend the run";
    case "resume-flow-run":
      return "resume the run";
    case "change-flow-run-state":
      return `set the run to ${String(action.name ?? action.state ?? "a state").toLowerCase()}`;
    case "call-webhook":
      return `call ${typeof action.url === "string" && action.url ? action.url : (blockOf(action, nameOf) ?? "a webhook")}`;
    case "send-notification": {
      const block = blockOf(action, nameOf);
      return `send a notification${block ? ` by ${block}` : ""}`;
    }
    default:
      return type ? type.replaceAll("-", " ") : "do something";
  }
}

function blockOf({ block_document_id: id }: ActionLike, nameOf: NameOf): string | undefined {
  return typeof id === "string" && id ? nameOf(id) : undefined;
}

export interface AutomationLike {
  readonly trigger: TriggerLike;
  readonly actions: readonly ActionLike[];
}

/** "When a flow run fails, run etl/repair, then send a notification." */
export function sentenceOf({ trigger, actions }: AutomationLike, nameOf?: NameOf): string {
  const done = actions.map((action) => actionPhrase(action, nameOf)).join(", then ") || "do nothing";
  return `When ${triggerClause(trigger, nameOf)}, ${done}.`;
}

/** The kinds of actions, as they are chosen. */
export const ACTION_LABELS: Readonly<Record<string, string>> = {
  "run-deployment": "Run a deployment",
  "pause-deployment": "Pause a deployment",
  "resume-deployment": "Resume a deployment",
  "cancel-flow-run": "Cancel the flow run",
  "suspend-flow-run": "Suspend the flow run",
  "resume-flow-run": "Resume the flow run",
  "change-flow-run-state": "Change the flow run's state",
  "delete-flow-run": "Delete the flow run",
  "pause-work-pool": "Pause a work pool",
  "resume-work-pool": "Resume a work pool",
  "pause-work-queue": "Pause a work queue",
  "resume-work-queue": "Resume a work queue",
  "pause-automation": "Pause an automation",
  "resume-automation": "Resume an automation",
  "call-webhook": "Call a webhook",
  "send-notification": "Send a notification",
  "do-nothing": "Do nothing",
};
