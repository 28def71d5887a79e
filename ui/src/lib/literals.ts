// Values as they are typed where anything may be: text of a chosen kind, and the same value in another kind.
import {
  type ExactNumber,
  isList,
  isMap,
  isNumber,
  type Json,
  JsonSyntaxError,
  numberOf,
  parseJson,
  printJson,
} from "./exact-json";

export type LiteralKind = "text" | "number" | "boolean" | "json";

/** In the order in which they are offered. */
export const LITERAL_KINDS: readonly LiteralKind[] = ["text", "number", "boolean", "json"];

/** The kind that shows a value as it is. */
export function literalKindOf(value: Json): LiteralKind {
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  return isNumber(value) ? "number" : "json";
}

/** A number with the digits that were typed. What people write and JSON doesn't know, such as +5 and .5, is one too. */
export function readNumber(text: string): number | ExactNumber | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || !Number.isFinite(Number(trimmed))) return undefined;
  return numberOf(trimmed) ?? Number(trimmed);
}

const NO = ["", "0", "false", "no", "off"];

export const meansTrue = (text: string): boolean => !NO.includes(text.trim().toLowerCase());

/** A list or a map, where a text is one in JSON. */
export function readContainer(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

/** How a value is typed as text. */
export function literalText(value: Json): string {
  if (typeof value === "string") return value;
  return value === null ? "" : printJson(value);
}

/** The same value in another kind, as far as it can be one; what is no number stays the text that it is. */
export function literalAs(kind: LiteralKind, value: Json): Json {
  const text = literalText(value);
  if (kind === "text") return text;
  if (kind === "number") return isNumber(value) ? value : (readNumber(text) ?? text);
  if (kind === "boolean") return meansTrue(text);
  return typeof value === "string" ? (readContainer(value) ?? value) : value;
}

/** The other kind that a text reads as. */
export function readsAs(text: string): LiteralKind | undefined {
  const container = readContainer(text);
  if (isMap(container) || isList(container)) return "json";
  if (text === "true" || text === "false") return "boolean";
  return numberOf(text.trim()) === undefined ? undefined : "number";
}
