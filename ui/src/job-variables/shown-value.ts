import { ExactNumber, printPlain } from "@/lib/exact-json";
import { isObject } from "./json";
import { type Reference, referenceOf, type Segment, segmentsOf } from "./references";

/** How a value is shown in one line; what kind it is stays visible: "42" is text, 42 a number. */
export interface ShownValue {
  kind: "text" | "quoted" | "number" | "boolean" | "null" | "json" | "reference" | "masked";
  segments: Segment[];
}

export const MASK = "••••••";
const MAX_LINE = 2_000;

/** Text that somebody would take for something else, or not see: numbers, truth values, JSON, blanks, nothing. */
function needsQuotes(text: string): boolean {
  if (text === "" || text !== text.trim() || /[\p{Cc}\u2028\u2029]/u.test(text)) return true;
  if (/^(?:true|false|null|yes|no|on|off|none|~)$/i.test(text)) return /^(?:true|false|null)$/i.test(text);
  return /^[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) || /^(?:\{(?!\{)|\[|")/.test(text);
}

export function showValue(value: unknown, options: { masked?: boolean } = {}): ShownValue {
  const reference = referenceOf(value);
  if (reference) return { kind: "reference", segments: [reference] };
  if (options.masked && value !== null && value !== "") return { kind: "masked", segments: [MASK] };
  if (value instanceof ExactNumber) return { kind: "number", segments: [value.text] };
  switch (typeof value) {
    case "string":
      return shownText(value);
    case "number":
      return { kind: "number", segments: [String(value)] };
    case "boolean":
      return { kind: "boolean", segments: [String(value)] };
    default:
      return value === null ? { kind: "null", segments: ["null"] } : shownJson(value);
  }
}

function shownText(text: string): ShownValue {
  const cut = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
  const segments = segmentsOf(cut);
  if (segments.some((segment) => typeof segment === "object")) return { kind: "text", segments };
  return needsQuotes(cut)
    ? { kind: "quoted", segments: [JSON.stringify(cut)] }
    : { kind: "text", segments: [cut] };
}

function shownJson(value: unknown): ShownValue {
  return { kind: "json", segments: segmentsOf(oneLine(value).slice(0, MAX_LINE)) };
}

/** JSON in one line with the air that makes it readable: `{"a": 1, "b": [1, 2]}`. */
export function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (!isObject(value)) return value === undefined ? "" : printPlain(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return `{${entries.join(", ")}}`;
}

/** A value in full, as it is copied: text as it is, everything else as JSON. */
export function fullText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : printPlain(value, 2);
}

/** For people who hear it and for search. */
export function plainText(shown: ShownValue): string {
  return shown.segments
    .map((segment) => (typeof segment === "string" ? segment : referenceLabel(segment)))
    .join("");
}

export function referenceLabel({ kind, name }: Reference): string {
  return kind === "fact" ? name : `${kind}:${name}`;
}
