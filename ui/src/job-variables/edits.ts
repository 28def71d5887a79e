import { at, isObject, type Json, type JsonObject, type MergeRule, same } from "./json";
import type { Path } from "./paths";

/** A new value at one path of a layer, or, without `value`, what lower layers say again. */
export interface Edit {
  path: string[];
  value?: Json;
}

export type Rules = (variable: string) => MergeRule;

/** What a layer itself says at a path; undefined where it says nothing. */
export function ownAt(own: JsonObject, path: Path): Json | undefined {
  const [name = "", key] = path;
  const value = at(own, name);
  return key === undefined ? value : at(value, key);
}

/** The layer after the edits. What is not named stays as it is; a map that loses its last key goes with it. */
export function applyEdits(own: JsonObject, edits: readonly Edit[]): JsonObject {
  return edits.reduce(applyEdit, own);
}

function applyEdit(own: JsonObject, edit: Edit): JsonObject {
  const [name = "", key] = edit.path;
  if (key === undefined) return put(own, name, edit.value);
  const before = at(own, name);
  const map = put(isObject(before) ? before : {}, key, edit.value);
  return put(own, name, Object.keys(map).length || edit.value !== undefined ? map : undefined);
}

function put(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  const entries = Object.entries(object).filter(([name]) => value !== undefined || name !== key);
  if (value === undefined) return fromEntries(entries);
  const place = entries.findIndex(([name]) => name === key);
  if (place < 0) return fromEntries([...entries, [key, value]]);
  entries[place] = [key, value];
  return fromEntries(entries);
}

// Object.fromEntries defines keys, so that "__proto__" is one like any other.
const fromEntries = (entries: [string, Json][]): JsonObject => Object.fromEntries(entries);

/** What takes the edits back. */
export function inverse(own: JsonObject, edits: readonly Edit[]): Edit[] {
  const paths = new Map(edits.map(({ path }) => [JSON.stringify(path), path]));
  return [...paths.values()].map((path) => withValue(path, ownAt(own, path)));
}

export function withValue(path: Path, value: Json | undefined): Edit {
  return value === undefined ? { path: [...path] } : { path: [...path], value };
}

/** The edits that make one layer of another: key by key where the variable is merged by keys. */
export function editsBetween(from: JsonObject, to: JsonObject, ruleOf: Rules): Edit[] {
  return names(from, to).flatMap((name) => {
    const before = at(from, name);
    const after = at(to, name);
    if (same(before, after)) return [];
    const byKeys = ruleOf(name) === "keys" && (before === undefined || isObject(before)) && isObject(after);
    if (!byKeys || !Object.keys(after).length) return [withValue([name], after)];
    return names(before ?? {}, after)
      .filter((key) => !same(at(before, key), at(after, key)))
      .map((key) => withValue([name, key], at(after, key)));
  });
}

function names(a: JsonObject, b: JsonObject): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

/**
 * A layer with dotted names made nested, as the server reads it: `env.FOO: x` is `env: {FOO: x}`. Names that are
 * declared with their dot, and what is given both ways (the server tells of it), stay as they are.
 */
export function nested(own: JsonObject, isDeclared: (name: string) => boolean = () => false): JsonObject {
  const isDotted = (name: string) => name.includes(".") && !isDeclared(name);
  if (!Object.keys(own).some(isDotted)) return own;
  let result = fromEntries(Object.entries(own).filter(([name]) => !isDotted(name)));
  for (const [name, value] of Object.entries(own).filter(([name]) => isDotted(name))) {
    result = place(result, name.split("."), value) ?? put(result, name, value);
  }
  return result;
}

function place(into: JsonObject, steps: string[], value: Json): JsonObject | undefined {
  const [step = "", ...rest] = steps;
  const before = at(into, step);
  if (!step) return undefined;
  if (!rest.length) return before === undefined ? put(into, step, value) : undefined;
  if (before !== undefined && !isObject(before)) return undefined;
  const inner = place(before ?? {}, rest, value);
  return inner && put(into, step, inner);
}
