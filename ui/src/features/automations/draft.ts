// An automation that is being written: its JSON, which all forms edit in place, and texts that are no JSON yet.
import {
  EMPTY_MAP,
  fromPlain,
  isList,
  isMap,
  type Json,
  type JsonMap,
  printJson,
  sameJson,
} from "@/lib/exact-json";
import { type Path, pathKey } from "@/schema-form/edit";
import { readJson, textError } from "@/schema-form/form-state";
import type { Problem } from "@/schema-form/problems";
import { type EventSource, triggerFromEvent } from "./fronts";
import { propertiesOf, requiredOf } from "./schemas";

export interface Draft {
  readonly value: JsonMap;
  /** The text of all of it, as it was typed, where it is not how we would write it. */
  readonly text: string | undefined;
  /** By the part of the draft: texts of JSON fields in its form. */
  readonly texts: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** What is sent, in this order; all else that an automation has is the server's. */
const FIELDS = [
  "name",
  "description",
  "enabled",
  "tags",
  "trigger",
  "actions",
  "actions_on_trigger",
  "actions_on_resolve",
] as const;
export const ACTION_LISTS = ["actions", "actions_on_trigger", "actions_on_resolve"] as const;
export type ActionList = (typeof ACTION_LISTS)[number];

const map = (entries: [string, Json][]): JsonMap => new Map(entries);

export const BLANK_ACTION: JsonMap = map([["type", "run-deployment"]]);

export const draftOf = (value: JsonMap): Draft => ({ value, text: undefined, texts: new Map() });

/** One to begin with: a run that fails, and nothing done about it yet. */
export const EMPTY_DRAFT: Draft = draftOf(
  map([
    ["name", ""],
    [
      "trigger",
      map([
        ["type", "event"],
        ["match", map([["prefect.resource.id", "prefect.flow-run.*"]])],
        ["expect", ["prefect.flow-run.Failed"]],
        ["for_each", ["prefect.resource.id"]],
        ["posture", "Reactive"],
      ]),
    ],
    ["actions", [BLANK_ACTION]],
  ]),
);

/** One that answers an event like this one. */
export function draftFromEvent(event: EventSource): Draft {
  const { value } = EMPTY_DRAFT;
  const parts: [string, Json][] = [
    ["name", `On ${event.event}`],
    ["trigger", triggerFromEvent(event)],
  ];
  return draftOf(new Map([...value, ...parts]));
}

/** What the server has, without what would be the same if it were left out. */
export function draftFrom(automation: unknown, name?: string): Draft {
  const whole = fromPlain(automation);
  const given = isMap(whole) ? whole : EMPTY_MAP;
  const kept = FIELDS.flatMap((key): [string, Json][] => {
    const value = given.get(key);
    if (value === undefined) return [];
    if (key === "name") return [[key, name ?? value]];
    if (key === "trigger") return [[key, prunedTrigger(value)]];
    if (isList(value) && key.startsWith("actions")) {
      return value.length || key === "actions" ? [[key, value.map(pruned)]] : [];
    }
    const isUsual = value === "" || value === true || (isList(value) && !value.length);
    return isUsual ? [] : [[key, value]];
  });
  return draftOf(new Map(kept));
}

/** Without fields that have the value that they have by themselves. */
function pruned(part: Json): Json {
  if (!isMap(part)) return part;
  const properties = propertiesOf(part.get("type"));
  return new Map(
    [...part].filter(([key, value]) => {
      const schema = properties.get(key);
      const usual = isMap(schema) ? schema.get("default") : undefined;
      return usual === undefined || !isSame(value, usual);
    }),
  );
}

/** 0 and 0.0 are one duration. */
const isSame = (a: Json, b: Json): boolean =>
  sameJson(a, b) || (!isMap(a) && !isList(a) && a !== null && b !== null && Number(a) === Number(b));

function prunedTrigger(trigger: Json): Json {
  const part = pruned(trigger);
  const inner = isMap(part) ? part.get("triggers") : undefined;
  if (!isMap(part) || !isList(inner)) return part;
  return new Map([...part, ["triggers", inner.map(prunedTrigger)]]);
}

/** The value with something else at a path; `undefined` takes away what is there. */
export function withAt(value: Json | undefined, path: Path, next: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (typeof step === "number") {
    const items = isList(value) ? [...value] : [];
    const made = withAt(items[step], rest, next);
    if (made === undefined) items.splice(step, 1);
    else items[step] = made;
    return items;
  }
  const entries = new Map(isMap(value) ? value : EMPTY_MAP);
  const made = withAt(entries.get(step), rest, next);
  if (made === undefined) entries.delete(step);
  else entries.set(step, made);
  return entries;
}

/** The draft with a part of it changed. Texts of fields further in are out of date where the part goes. */
export function edited(draft: Draft, path: Path, next: Json | undefined): Draft {
  const value = withAt(draft.value, path, next);
  const texts = next === undefined ? withoutTexts(draft.texts, path) : draft.texts;
  return { value: isMap(value) ? value : draft.value, text: undefined, texts };
}

/** Of lists that get shorter all texts go: they would be those of other items. */
function withoutTexts(texts: Draft["texts"], path: Path): Draft["texts"] {
  const last = path.at(-1);
  const stem = pathKey(typeof last === "number" ? path.slice(0, -1) : path).slice(0, -1);
  const kept = [...texts].filter(([key]) => !key.startsWith(stem));
  return kept.length === texts.size ? texts : new Map(kept);
}

export function withTexts(draft: Draft, path: Path, texts: ReadonlyMap<string, string>): Draft {
  const key = pathKey(path);
  if (!texts.size && !draft.texts.has(key)) return draft;
  const next = new Map(draft.texts);
  if (texts.size) next.set(key, texts);
  else next.delete(key);
  return { ...draft, texts: next };
}

/** Takes what was typed as JSON of the whole; the value follows as soon as it is a JSON object. */
export function typed(draft: Draft, text: string): Draft {
  const read = readJson(text);
  if ("error" in read || !isMap(read.value)) return { ...draft, text };
  return { value: read.value, text: text === printJson(read.value, 2) ? undefined : text, texts: new Map() };
}

export const wholeText = (draft: Draft): string => draft.text ?? printJson(draft.value, 2);

/** Why the JSON of the whole can't be read; undefined where it can. */
export const wholeError = (draft: Draft): string | undefined =>
  draft.text === undefined ? undefined : textError(draft.text, true);

/** What keeps the draft from being sent at all: it would not be what the page shows. */
export function unreadable(draft: Draft): string | undefined {
  const whole = wholeError(draft);
  if (whole !== undefined) return `The JSON can't be read: ${whole}`;
  for (const texts of draft.texts.values()) {
    for (const text of texts.values()) {
      const error = textError(text);
      if (error !== undefined) return `The JSON of a field can't be read: ${error}`;
    }
  }
  return undefined;
}

/** Of fields that nobody has touched, a form says so only once somebody tried to save. */
const REQUIRED = "required";

/** What is missing, in the words of the page. */
export function lacks(value: JsonMap): Problem[] {
  const found: Problem[] = [];
  const name = value.get("name");
  if (typeof name !== "string" || !name.trim()) found.push({ path: "name", message: "It has no name yet." });
  const actions = value.get("actions");
  if (!isList(actions) || !actions.length)
    found.push({ path: "actions", message: "It does nothing yet: add an action." });
  for (const list of ACTION_LISTS) {
    const listed = value.get(list);
    for (const [at, action] of (isList(listed) ? listed : []).entries()) {
      const lack = lackOf(action);
      if (lack) found.push({ path: `${list}[${at}].${lack.field}`, message: lack.message, rule: REQUIRED });
    }
  }
  return found;
}

export interface Target {
  readonly field: string;
  readonly noun: "deployment" | "work pool" | "work queue" | "automation";
}

const TARGETS: Readonly<Record<string, [field: string, noun: Target["noun"]]>> = {
  deployment: ["deployment_id", "deployment"],
  "work-pool": ["work_pool_id", "work pool"],
  "work-queue": ["work_queue_id", "work queue"],
  automation: ["automation_id", "automation"],
};

/** The field that names what an action is done to, and what that is. */
export function targetOf(type: Json | undefined): Target | undefined {
  const found = /^(?:run|pause|resume)-(deployment|work-pool|work-queue|automation)$/.exec(String(type));
  const [field, noun] = TARGETS[found?.[1] ?? ""] ?? [];
  return field && noun ? { field, noun } : undefined;
}

/** The first field of an action that has to be filled in. */
export function lackOf(action: Json): { field: string; message: string } | undefined {
  if (!isMap(action)) return undefined;
  const empty = requiredOf(action.get("type")).find((field) => (action.get(field) ?? "") === "");
  if (empty === "block_document_id") return { field: empty, message: "Choose the block that sends it." };
  if (empty !== undefined) return { field: empty, message: "A value is missing." };
  if (action.get("type") === "call-webhook" && !action.get("url") && !action.get("block_document_id"))
    return { field: "url", message: "Give a URL, or choose a block that has one." };
  const target = targetOf(action.get("type"));
  if (!target || action.get("source") === "inferred" || action.get(target.field)) return undefined;
  return { field: target.field, message: `Choose the ${target.noun} of the action.` };
}
