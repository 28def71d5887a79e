// Reads what people paste: an `.env` file, JSON, `key=value` lines. The rules for `.env` are the command line's
// (`--env-file`): values are text, nothing is expanded, a value ends with its line unless its quotes go on.

import { isNumber, isWhole, parseJson, parsePlain, plainOf } from "@/lib/exact-json";
import { ownAt } from "./edits";
import { at, isObject, type Json, type JsonObject, same } from "./json";

export interface PasteOptions {
  /** The variable whose keys are pasted, or null: names are job variables. Undefined: found out by the names. */
  into?: string | null | undefined;
  isDeclared: (name: string) => boolean;
  /** Reads the text of a job variable by its schema: `cpu=2` is a number where a number is wanted. */
  readText?: (name: string, text: string) => Json;
  isMerged?: (name: string) => boolean;
}

export interface Pasted {
  /** From 1. Of JSON the line of the key is not known: 0. */
  line: number;
  path: string[];
  value: Json;
  /** A later line says something else, which counts. */
  superseded: boolean;
}
export interface PasteError {
  line: number;
  message: string;
}
export interface PasteResult {
  format: "empty" | "json" | "lines";
  into: string | null;
  entries: Pasted[];
  errors: PasteError[];
}

const ENV = "env";

export function readPaste(text: string, options: PasteOptions): PasteResult {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  if (!trimmed) return { format: "empty", into: options.into ?? ENV, entries: [], errors: [] };
  return trimmed.startsWith("{")
    ? readJson(trimmed, options)
    : readLines(text.replace(/^\uFEFF/, ""), options);
}

function readJson(text: string, options: PasteOptions): PasteResult {
  let value: unknown;
  try {
    value = plainOf(parseJson(text)); // tells the place of a mistake, and of a key that is there twice
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = Number(/line (\d+)/.exec(message)?.[1] ?? 1);
    return { format: "json", into: options.into ?? ENV, entries: [], errors: [{ line, message }] };
  }
  const object = value as JsonObject;
  const into = options.into === undefined ? targetOf(Object.keys(object), options) : options.into;
  const entries = Object.entries(object).flatMap(([name, item]) => pathsOf(name, item, into, options));
  return checked(
    "json",
    into,
    entries.map((entry) => ({ ...entry, line: 0 })),
  );
}

/** A map of a variable that is merged is taken key by key. */
function pathsOf(name: string, value: Json, into: string | null, options: PasteOptions) {
  const path = pathOf(name, into, options);
  const isMerged = path.length === 1 && (options.isMerged?.(name) ?? name === ENV);
  if (!isMerged || !isObject(value)) return [{ path, value }];
  return Object.entries(value).map(([key, item]) => ({ path: [name, key], value: item }));
}

function pathOf(name: string, into: string | null, { isDeclared, isMerged }: PasteOptions): string[] {
  const [first = "", ...rest] = name.split(".");
  const isPath = rest.length > 0 && first !== "" && !isDeclared(name);
  if (isPath && (first === ENV || first === into || (into === null && isMerged?.(first)))) {
    return [first, rest.join(".")];
  }
  return into === null ? [name] : [into, name];
}

/** Where plain names go: to the job variables when each is one that the pool declares, else to the environment. */
function targetOf(names: readonly string[], { isDeclared }: PasteOptions): string | null {
  const plain = names.filter((name) => !name.startsWith(`${ENV}.`));
  return plain.length > 0 && plain.every((name) => name === ENV || isDeclared(name)) ? null : ENV;
}

interface ReadLine {
  line: number;
  name: string;
  text: string;
}

function readLines(text: string, options: PasteOptions): PasteResult {
  const { read, errors } = splitLines(text);
  const names = read.map(({ name }) => name);
  const into = options.into === undefined ? targetOf(names, options) : options.into;
  const entries = read.map(({ line, name, text: value }) => {
    const path = pathOf(name, into, options);
    return { line, path, value: path.length === 1 ? (options.readText?.(name, value) ?? value) : value };
  });
  const result = checked("lines", into, entries);
  return { ...result, errors: [...errors, ...result.errors].sort((a, b) => a.line - b.line) };
}

const ASSIGNMENT = /^(?:-\s+)?(?:export\s+|set\s+(?=[\w.]+=))?([^=\s:"']+)\s*(=|:(?=\s|$))\s*([\s\S]*)$/;

function splitLines(text: string): { read: ReadLine[]; errors: PasteError[] } {
  const lines = text.split(/\r\n|\r|\n/);
  const read: ReadLine[] = [];
  const errors: PasteError[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const number = index + 1;
    const line = (lines[index] ?? "").trim();
    if (!line || line.startsWith("#")) continue;
    const found = ASSIGNMENT.exec(line);
    if (!found?.[1]) {
      errors.push({ line: number, message: notAnAssignment(line) });
      continue;
    }
    const quoted = unquote(found[3] ?? "", lines, index);
    if ("message" in quoted) {
      errors.push({ line: number, message: quoted.message });
      continue;
    }
    index = quoted.end;
    read.push({ line: number, name: found[1], text: quoted.text });
  }
  return { read, errors };
}

function notAnAssignment(line: string): string {
  if (line.startsWith("=")) return "has no name before “=”.";
  const name = /^(?:export\s+)?([^=]*?)\s*=/.exec(line)?.[1];
  if (name && /["']/.test(name)) return "has a name with quotes in it.";
  if (name && /\s/.test(name)) return `has a name with spaces in it: “${name.slice(0, 40)}”.`;
  return "is not NAME=value. Start comments with “#”.";
}

/** A value without its quotes and comment. What is quoted may go on over lines. */
function unquote(
  start: string,
  lines: readonly string[],
  index: number,
): { text: string; end: number } | { message: string } {
  const quote = start[0];
  if (quote !== '"' && quote !== "'")
    return { text: start.replace(/(?:^|\s)#.*$/s, "").trimEnd(), end: index };
  let text = start;
  for (let end = index; end < lines.length; end += 1) {
    if (end > index) text += `\n${lines[end]}`;
    const close = closingQuote(text, quote);
    if (close < 0) continue;
    if (!/^\s*(?:#.*)?$/s.test(text.slice(close + 1)))
      return { message: "has text after its closing quote." };
    const inner = text.slice(1, close);
    return { text: quote === "'" ? inner : unescaped(inner), end };
  }
  return { message: "has a quote that is never closed." };
}

function closingQuote(text: string, quote: string): number {
  for (let place = 1; place < text.length; place += 1) {
    if (quote === '"' && text[place] === "\\") place += 1;
    else if (text[place] === quote) return place;
  }
  return -1;
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

function checked(
  format: "json" | "lines",
  into: string | null,
  entries: readonly Omit<Pasted, "superseded">[],
): PasteResult {
  const errors: PasteError[] = [];
  const good = entries.filter(({ line, path }) => {
    const message = nameFault(path);
    if (message) errors.push({ line, message });
    return !message;
  });
  const last = new Map(good.map((entry, index) => [JSON.stringify(entry.path), index]));
  return {
    format,
    into,
    errors,
    entries: good.map((entry, index) => ({
      ...entry,
      superseded: last.get(JSON.stringify(entry.path)) !== index,
    })),
  };
}

/** Why a name cannot be one, in the server's words; undefined where it can. */
export function nameFault([variable = "", key]: readonly string[]): string | undefined {
  const name = key ?? variable;
  if (!name.trim()) return "has no name.";
  if (variable !== ENV || key === undefined) return undefined;
  if (name.includes("=")) return "the name of an environment variable cannot have “=”.";
  if (/[\p{Cc}]/u.test(name)) return "the name of an environment variable cannot have control characters.";
  if (name !== name.trim()) return "the name has spaces around it, so nothing would find it.";
  if (/^(?:PENSTOCK|PREFECT)__(?!RUNTIME__)/.test(name)) {
    return `${name} is set by the worker, to tell a run which run it is.`;
  }
  return undefined;
}

export type PastePlan = Pasted & {
  effect: "set" | "change" | "same" | "unset" | "superseded";
  before?: Json | undefined;
};

/** What each line would do to the layer as it is. */
export function planPaste(own: JsonObject, entries: readonly Pasted[]): PastePlan[] {
  return entries.map((entry) => {
    const before = ownAt(own, entry.path);
    if (entry.superseded) return { ...entry, before, effect: "superseded" };
    if (before !== undefined && same(before, entry.value)) return { ...entry, before, effect: "same" };
    if (entry.value === null) return { ...entry, before, effect: "unset" };
    return { ...entry, before, effect: before === undefined ? "set" : "change" };
  });
}

/** JSON where it is JSON and the schema takes it, else text: how `--job-variable KEY=VALUE` is read. */
export function textReader(schemaOf: (name: string) => JsonObject | undefined) {
  return (name: string, text: string): Json => {
    let value: Json;
    try {
      value = parsePlain(text) as Json;
    } catch {
      return text;
    }
    const schema = schemaOf(name);
    if (!schema || takes(schema, value)) return value;
    return takes(schema, text) ? text : value;
  };
}

function takes(schema: JsonObject, value: Json): boolean {
  const options = at(schema, "anyOf") ?? at(schema, "oneOf");
  if (Array.isArray(options)) return options.some((option) => isObject(option) && takes(option, value));
  const choices = at(schema, "enum");
  if (Array.isArray(choices)) return choices.some((choice) => same(choice, value));
  const type = at(schema, "type");
  if (type === undefined) return true;
  return (Array.isArray(type) ? type : [type]).some((name) => isOfType(value, name));
}

function isOfType(value: Json, type: Json): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return isNumber(value) && isWhole(value);
  if (type === "number") return isNumber(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  return typeof value === type;
}
