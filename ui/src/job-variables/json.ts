import type { Schema } from "@/lib/api";
import { ExactNumber } from "@/lib/exact-json";

// Job variables as plain JSON, as the API has them; numbers that JavaScript would spell otherwise keep their text.

export type Json = null | boolean | number | ExactNumber | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export type Explanation = Schema["Explanation"];
export type JobSpec = Schema["JobSpec"];
export type Leaf = Schema["Leaf"];
export type Problem = Schema["Problem"];
export type Change = Schema["Change"];
export type Declaration = Schema["VariableDeclaration"];
export type Undeclared = Schema["DeploymentJobVariables"]["undeclared"];
export type MergeRule = Declaration["merge"];

export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** Own keys alone: a variable may be called "constructor". */
export function at(object: unknown, key: string): Json | undefined {
  return isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Equal as JSON: the order of keys does not count; 1, "1", true and 1.0 are four values. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof ExactNumber && b instanceof ExactNumber) return a.text === b.text;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
  );
}

export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (value instanceof ExactNumber) return "number";
  if (typeof value === "object") return "map";
  return typeof value === "string" ? "text" : typeof value;
}
