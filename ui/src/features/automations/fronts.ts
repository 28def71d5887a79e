// The usual triggers as a few questions. A front reads a trigger's JSON only where it can show all of it, and writes
// JSON again; whatever it can't show is left to the form with all fields.
import { isList, isMap, type Json, type JsonMap } from "@/lib/exact-json";

const ID = "prefect.resource.id";
const ROLE = "prefect.resource.role";
const RUNS = "prefect.flow-run.";
const ANY_RUN = `${RUNS}*`;

export type FrontKind = "state" | "events" | "silence" | "metric" | "compound" | "sequence";

export const FRONT_LABELS: Readonly<Record<FrontKind, string>> = {
  state: "A flow run enters a state",
  events: "An event comes",
  silence: "Something does not happen",
  metric: "Runs become slow, late or unsuccessful",
  compound: "Several things happen, in any order",
  sequence: "Several things happen, one after the other",
};

const map = (entries: [string, Json | undefined][]): JsonMap =>
  new Map(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));

/** What belongs to every trigger of events. */
interface Counting {
  /** Text as it is typed. */
  readonly threshold: Json | undefined;
  readonly within: Json | undefined;
  readonly forEach: readonly string[];
}

export interface StateFront extends Counting {
  /** Names of states; none: any. */
  readonly states: readonly string[];
  /** Ids of flows, ids of deployments, names of tags: one of each kind that is given. */
  readonly flows: readonly string[];
  readonly deployments: readonly string[];
  readonly tags: readonly string[];
}

export interface EventsFront extends Counting {
  readonly names: readonly string[];
  /** Ids of resources; none: any. */
  readonly resources: readonly string[];
}

export interface SilenceFront extends EventsFront {
  readonly after: readonly string[];
}

const KEYS = new Set([
  "type",
  "id",
  "match",
  "match_related",
  "after",
  "expect",
  "for_each",
  "posture",
  "threshold",
  "within",
]);

const texts = (value: Json | undefined): string[] | undefined => {
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  return isList(value) && value.every((item) => typeof item === "string") ? (value as string[]) : undefined;
};

interface Parts extends Counting {
  readonly posture: string;
  readonly after: readonly string[];
  readonly expect: readonly string[];
  /** Ids that the resource may have; undefined where more is asked of it. */
  readonly ids: readonly string[] | undefined;
  readonly related: readonly JsonMap[];
}

/** A trigger of events, taken apart; undefined where something about it is unusual. */
function partsOf(trigger: JsonMap): Parts | undefined {
  if ((trigger.get("type") ?? "event") !== "event") return undefined;
  if ([...trigger.keys()].some((key) => !KEYS.has(key))) return undefined;
  const [after, expect, forEach] = ["after", "expect", "for_each"].map((key) => texts(trigger.get(key)));
  const match = trigger.get("match") ?? new Map();
  const related = trigger.get("match_related") ?? [];
  if (!after || !expect || !forEach || !isMap(match)) return undefined;
  const specs = isList(related) ? related : isMap(related) && related.size === 0 ? [] : [related];
  if (!specs.every(isMap)) return undefined;
  return {
    posture: String(trigger.get("posture") ?? "Reactive"),
    after,
    expect,
    forEach,
    threshold: trigger.get("threshold"),
    within: trigger.get("within"),
    ids: [...match.keys()].every((key) => key === ID) ? texts(match.get(ID)) : undefined,
    related: specs as JsonMap[],
  };
}

export function stateFrontOf(trigger: JsonMap): StateFront | undefined {
  const parts = partsOf(trigger);
  if (parts?.posture !== "Reactive" || parts.after.length) return undefined;
  if (parts.ids?.length !== 1 || parts.ids[0] !== ANY_RUN) return undefined;
  const names = parts.expect.map((name) => (name.startsWith(RUNS) ? name.slice(RUNS.length) : undefined));
  if (names.some((name) => name === undefined || !/^[A-Z]\w*$|^\*$/.test(name))) return undefined;
  const filters = { flow: [] as string[], deployment: [] as string[], tag: [] as string[] };
  for (const spec of parts.related) {
    const role = spec.get(ROLE);
    const ids = texts(spec.get(ID));
    if (spec.size !== 2 || !ids?.length || typeof role !== "string" || !Object.hasOwn(filters, role))
      return undefined;
    const kind = role as keyof typeof filters;
    const stem = `prefect.${kind}.`;
    if (filters[kind].length || !ids.every((id) => id.startsWith(stem))) return undefined;
    filters[kind] = ids.map((id) => id.slice(stem.length));
  }
  return {
    ...counting(parts),
    states: (names as string[]).filter((name) => name !== "*"),
    flows: filters.flow,
    deployments: filters.deployment,
    tags: filters.tag,
  };
}

const counting = ({ threshold, within, forEach }: Counting): Counting => ({ threshold, within, forEach });

export function stateTrigger(front: StateFront, id?: Json): JsonMap {
  const spec = (kind: string, values: readonly string[]): JsonMap[] =>
    values.length
      ? [
          map([
            [ROLE, kind],
            [ID, values.map((value) => `prefect.${kind}.${value}`)],
          ]),
        ]
      : [];
  const related = [
    ...spec("flow", front.flows),
    ...spec("deployment", front.deployments),
    ...spec("tag", front.tags),
  ];
  const [only] = related;
  return map([
    ["type", "event"],
    ["id", id],
    ["match", map([[ID, ANY_RUN]])],
    ["match_related", related.length > 1 ? related : only],
    ["expect", front.states.length ? front.states.map((name) => RUNS + name) : [ANY_RUN]],
    ["for_each", front.forEach.length ? front.forEach : undefined],
    ["posture", "Reactive"],
    ["threshold", front.threshold],
    ["within", front.within],
  ]);
}

export function eventsFrontOf(trigger: JsonMap): EventsFront | undefined {
  const parts = partsOf(trigger);
  if (parts?.posture !== "Reactive" || parts.after.length || !parts.ids || parts.related.length)
    return undefined;
  return { ...counting(parts), names: parts.expect, resources: parts.ids };
}

export function silenceFrontOf(trigger: JsonMap): SilenceFront | undefined {
  const parts = partsOf(trigger);
  if (parts?.posture !== "Proactive" || !parts.ids || parts.related.length) return undefined;
  return { ...counting(parts), names: parts.expect, resources: parts.ids, after: parts.after };
}

export function eventsTrigger(
  front: EventsFront & { after?: readonly string[] },
  posture: string,
  id?: Json,
): JsonMap {
  const [only] = front.resources;
  return map([
    ["type", "event"],
    ["id", id],
    [
      "match",
      only === undefined ? undefined : map([[ID, front.resources.length > 1 ? front.resources : only]]),
    ],
    ["after", front.after?.length ? front.after : undefined],
    ["expect", front.names.length ? front.names : undefined],
    ["for_each", front.forEach.length ? front.forEach : undefined],
    ["posture", posture],
    ["threshold", front.threshold],
    ["within", front.within],
  ]);
}

/** The fronts that can show all of a trigger, the closest first; none where only the form with all fields can. */
export function frontsFor(trigger: JsonMap): FrontKind[] {
  const type = trigger.get("type") ?? "event";
  if (type === "metric" || type === "compound" || type === "sequence") return [type];
  return [
    ...(stateFrontOf(trigger) ? (["state"] as const) : []),
    ...(eventsFrontOf(trigger) ? (["events"] as const) : []),
    ...(silenceFrontOf(trigger) ? (["silence"] as const) : []),
  ];
}

const COUNT: Counting = { threshold: undefined, within: undefined, forEach: [] };

/** What a trigger of a kind begins as. */
export function blankTrigger(kind: FrontKind): JsonMap {
  switch (kind) {
    case "state":
      return stateTrigger({
        ...COUNT,
        forEach: [ID],
        states: ["Failed"],
        flows: [],
        deployments: [],
        tags: [],
      });
    case "events":
      return eventsTrigger({ ...COUNT, names: [], resources: [] }, "Reactive");
    case "silence":
      return eventsTrigger(
        {
          ...COUNT,
          forEach: [ID],
          within: 3600,
          resources: [ANY_RUN],
          after: [`${RUNS}Running`],
          names: [`${RUNS}Completed`, `${RUNS}Failed`, `${RUNS}Crashed`],
        },
        "Proactive",
      );
    case "metric":
      return map([
        ["type", "metric"],
        ["match", map([[ID, ANY_RUN]])],
        [
          "metric",
          map([
            ["name", "duration"],
            ["operator", ">"],
            ["threshold", 3600],
          ]),
        ],
      ]);
    default:
      return map([
        ["type", kind],
        ["triggers", [blankTrigger("state"), blankTrigger("events")]],
        ...(kind === "compound" ? ([["require", "all"]] as [string, Json][]) : []),
      ]);
  }
}

export interface EventSource {
  readonly event: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly related?: readonly Readonly<Record<string, string>>[] | undefined;
}

/** A trigger that would have been set off by an event: for runs, by any of the same deployment or flow. */
export function triggerFromEvent({ event, resource, related = [] }: EventSource): JsonMap {
  const id = resource[ID] ?? "";
  if (event.startsWith(RUNS) && /^[A-Z]\w*$/.test(event.slice(RUNS.length))) {
    const of = (kind: string) =>
      related
        .filter((each) => each[ROLE] === kind && each[ID]?.startsWith(`prefect.${kind}.`))
        .map((each) => (each[ID] ?? "").slice(`prefect.${kind}.`.length));
    const deployments = of("deployment");
    return stateTrigger({
      ...COUNT,
      forEach: [ID],
      states: [event.slice(RUNS.length)],
      flows: deployments.length ? [] : of("flow"),
      deployments,
      tags: [],
    });
  }
  return eventsTrigger({ ...COUNT, names: [event], resources: id ? [id] : [] }, "Reactive");
}
