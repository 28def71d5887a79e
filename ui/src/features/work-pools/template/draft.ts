// A template that is being edited: what it began with, what it is now, and texts that can't be read yet. Plain data.
import {
  isMap,
  type Json,
  type JsonMap,
  JsonSyntaxError,
  parseJson,
  printJson,
  sameJson,
} from "@/lib/exact-json";
import { at, JOB, PROPERTIES, propertiesOf, put, putAt, VARIABLES } from "./parts";

/** Where a text stands that is edited as JSON: all of it, the job, or the schema of one variable. */
export type TextPlace = "whole" | "job" | `variable:${string}`;

export interface TemplateDraft {
  /** What the server had when editing began. */
  readonly base: JsonMap;
  readonly document: JsonMap;
  /** What was typed where it is not how we would print its value, or no JSON (yet). */
  readonly texts: ReadonlyMap<TextPlace, string>;
}

const NO_TEXTS: TemplateDraft["texts"] = new Map();

export const draftOf = (base: JsonMap): TemplateDraft => ({ base, document: base, texts: NO_TEXTS });

const INDENT = 2;

function partAt(document: JsonMap, place: TextPlace): Json {
  if (place === "whole") return document;
  if (place === "job") return document.get(JOB) ?? new Map();
  return propertiesOf(document).get(place.slice("variable:".length)) ?? new Map();
}

/** What an editor of the place shows. */
export function textAt(draft: TemplateDraft, place: TextPlace): string {
  return draft.texts.get(place) ?? printJson(partAt(draft.document, place), INDENT);
}

/** Why a text can't be read. */
export function textError(text: string): string | undefined {
  const read = readText(text);
  return "error" in read ? read.error : undefined;
}

function readText(text: string): { value: JsonMap } | { error: string } {
  try {
    const value = parseJson(text);
    return isMap(value) ? { value } : { error: "An object is wanted, in braces." };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { error: error.message };
    throw error;
  }
}

/** Takes what is typed at a place; the template follows as soon as it is JSON. */
export function typedAt(draft: TemplateDraft, place: TextPlace, text: string): TemplateDraft {
  const texts = new Map(draft.texts).set(place, text);
  const read = readText(text);
  if ("error" in read) return { ...draft, texts };
  const document = withValue(draft.document, place, read.value);
  return { ...draft, document, texts: new Map([...current(texts, document), [place, text]]) };
}

function withValue(document: JsonMap, place: TextPlace, value: JsonMap): JsonMap {
  if (place === "whole") return value;
  if (place === "job") return put(document, JOB, value);
  return putAt(document, [VARIABLES, PROPERTIES, place.slice("variable:".length)], value);
}

/** An edit of the template itself. Texts stay where they still say what it says, or can't be read. */
export function edited(draft: TemplateDraft, edit: (template: JsonMap) => JsonMap): TemplateDraft {
  const document = edit(draft.document);
  return { ...draft, document, texts: current(draft.texts, document) };
}

function current(texts: TemplateDraft["texts"], document: JsonMap): TemplateDraft["texts"] {
  const kept = [...texts].filter(([place, text]) => {
    const read = readText(text);
    return "error" in read || printJson(read.value) === printJson(partAt(document, place));
  });
  return new Map(kept);
}

export const withoutText = (draft: TemplateDraft, place: TextPlace): TemplateDraft => ({
  ...draft,
  texts: new Map([...draft.texts].filter(([each]) => each !== place)),
});

/** Places whose text can't be read: nothing is saved before it can, or is discarded. */
export function unreadable(draft: TemplateDraft): TextPlace[] {
  return [...draft.texts].filter(([, text]) => textError(text) !== undefined).map(([place]) => place);
}

/** Whether there is anything to save. The order of variables counts: pages show them in it. */
export const isDirty = (draft: TemplateDraft): boolean =>
  printJson(draft.document) !== printJson(draft.base) || unreadable(draft).length > 0;

/** The names of what was edited: variables, and other parts. */
export function editedParts({ base, document }: TemplateDraft): string[] {
  const before = propertiesOf(base);
  const after = propertiesOf(document);
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const isRequired = (template: JsonMap, name: string): boolean => {
    const required = at(template, [VARIABLES, "required"]);
    return Array.isArray(required) && required.includes(name);
  };
  const variables = names.filter(
    (name) =>
      !sameJson(before.get(name), after.get(name)) || isRequired(base, name) !== isRequired(document, name),
  );
  const kept = (template: JsonMap) =>
    [...propertiesOf(template).keys()].filter((name) => before.has(name) && after.has(name));
  const parts = [...variables];
  if (kept(base).join("\n") !== kept(document).join("\n")) parts.push("the order of variables");
  if (!sameJson(base.get(JOB), document.get(JOB))) parts.push(JOB);
  const rest = (template: JsonMap) =>
    put(
      putAt(putAt(template, [VARIABLES, PROPERTIES], undefined), [VARIABLES, "required"], undefined),
      JOB,
      undefined,
    );
  if (!sameJson(rest(base), rest(document))) parts.push("other keywords");
  return parts.length || !isDirty({ base, document, texts: NO_TEXTS }) ? parts : ["the order of keys"];
}

export interface Merged {
  readonly value: Json | undefined;
  /** Paths that both changed, each otherwise: mine stands. */
  readonly conflicts: readonly string[];
}

/** Two edits of the same thing in one. Where they meet, `mine` stands and the place is told. */
export function merged(
  base: Json | undefined,
  mine: Json | undefined,
  theirs: Json | undefined,
  path = "",
): Merged {
  if (sameJson(mine, base)) return { value: theirs, conflicts: [] };
  if (sameJson(theirs, base) || sameJson(mine, theirs)) return { value: mine, conflicts: [] };
  if (!isMap(mine) || !isMap(theirs)) return { value: mine, conflicts: [path] };
  const from = isMap(base) ? base : new Map<string, Json>();
  const conflicts: string[] = [];
  const entries: [string, Json][] = [];
  for (const key of new Set([...theirs.keys(), ...mine.keys()])) {
    const each = merged(from.get(key), mine.get(key), theirs.get(key), path ? `${path}.${key}` : key);
    conflicts.push(...each.conflicts);
    if (each.value !== undefined) entries.push([key, each.value]);
  }
  return { value: new Map(entries), conflicts };
}

/** My edits on top of what somebody else saved meanwhile. */
export function rebased(
  draft: TemplateDraft,
  theirs: JsonMap,
): { draft: TemplateDraft; conflicts: readonly string[] } {
  const { value, conflicts } = merged(draft.base, draft.document, theirs);
  const document = isMap(value) ? value : draft.document;
  return { draft: { base: theirs, document, texts: current(draft.texts, document) }, conflicts };
}
