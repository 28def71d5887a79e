// JSON without loss. JSON.parse rounds 12345678901234567890, turns 1.0 into 1 and moves the key "2" before "a"; a form
// that is to give back what it got can't afford that. So numbers that JavaScript would spell differently keep their
// text, and objects are maps in the order of their text. Values are never changed in place.

/** A number that has to keep its spelling: `1.0`, `12345678901234567890`, `0.10`. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
  /** Where it is written by `JSON.stringify` all the same, it is at least a number. */
  toJSON(): number {
    return Number(this.text);
  }
}

export type Json = null | boolean | string | number | ExactNumber | readonly Json[] | JsonMap;
export type JsonMap = ReadonlyMap<string, Json>;

export const isMap = (value: unknown): value is JsonMap => value instanceof Map;
export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);
export const isNumber = (value: unknown): value is number | ExactNumber =>
  typeof value === "number" || value instanceof ExactNumber;

export const numberText = (value: number | ExactNumber): string =>
  value instanceof ExactNumber ? value.text : String(value);

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The number that a JSON text spells, keeping the spelling; undefined where it is none. */
export function numberOf(text: string): number | ExactNumber | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return String(value) === text ? value : new ExactNumber(text);
}

/** Whether a number is a whole one, as JSON Schema understands it: 3, 3.0 and 3e2 are. */
export function isWhole(value: number | ExactNumber): boolean {
  const [, digits = "", exponent = "0"] =
    /^-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(numberText(value)) ?? [];
  const decimals = digits.replace(/0+$/, "").length;
  return (
    decimals <= Number(exponent) ||
    (decimals === 0 && Number(exponent) >= 0) ||
    Number.isInteger(Number(numberText(value)))
  );
}

export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  /** Where in the text, from 0. */
  readonly at: number;
  constructor(message: string, at: number, text: string) {
    const before = text.slice(0, at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    super(`${message} (line ${before.length}, column ${column})`);
    this.at = at;
  }
}

const MAX_DEPTH = 500;

class Reader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value(0);
    this.#blank();
    if (this.#at < this.#text.length) throw this.#error("Nothing is expected after the value");
    return value;
  }

  #error(message: string, at = this.#at): JsonSyntaxError {
    return new JsonSyntaxError(message, at, this.#text);
  }

  #blank(): void {
    while (" \n\r\t".includes(this.#text[this.#at] ?? "x")) this.#at += 1;
  }

  #value(depth: number): Json {
    if (depth > MAX_DEPTH) throw this.#error("It is nested too deep");
    this.#blank();
    const next = this.#text[this.#at];
    if (next === undefined) throw this.#error("A value is missing at the end");
    if (next === "{") return this.#map(depth);
    if (next === "[") return this.#list(depth);
    if (next === '"') return this.#string();
    return this.#word();
  }

  #word(): Json {
    const word = /^[^\s,:{}[\]"]+/.exec(this.#text.slice(this.#at, this.#at + 10_000))?.[0] ?? "";
    const value = word === "null" ? null : word === "true" ? true : word === "false" ? false : numberOf(word);
    if (value === undefined) {
      throw this.#error(
        word ? `“${word.slice(0, 40)}” is no JSON value; text needs "quotes"` : "A value is missing",
      );
    }
    this.#at += word.length;
    return value;
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    for (; this.#text[at] !== '"'; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (at >= this.#text.length || code === 10) throw this.#error('The text has no closing "', start);
      if (code < 32) throw this.#error("A control character has to be written as \\u00XX", at);
      if (code === 92) at += 1;
    }
    this.#at = at + 1;
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      throw this.#error("The text has an escape that JSON doesn't know", start);
    }
  }

  #list(depth: number): Json[] {
    const items: Json[] = [];
    this.#at += 1;
    if (this.#ends("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#goesOn("]"));
    return items;
  }

  #map(depth: number): JsonMap {
    const map = new Map<string, Json>();
    this.#at += 1;
    if (this.#ends("}")) return map;
    do {
      this.#blank();
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#error('A key in "quotes" is expected');
      const key = this.#string();
      if (map.has(key)) throw this.#error(`The key “${key}” is there twice`, start);
      this.#blank();
      if (this.#text[this.#at] !== ":") throw this.#error("A colon is expected after the key");
      this.#at += 1;
      map.set(key, this.#value(depth + 1));
    } while (this.#goesOn("}"));
    return map;
  }

  #ends(bracket: string): boolean {
    this.#blank();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #goesOn(bracket: string): boolean {
    this.#blank();
    const next = this.#text[this.#at];
    if (next !== "," && next !== bracket) throw this.#error(`A comma or ${bracket} is expected`);
    this.#at += 1;
    return next === ",";
  }
}

/** Reads JSON. A key that is there twice is an error, as one of the two would be lost. Raises `JsonSyntaxError`. */
export function parseJson(text: string): Json {
  return new Reader(text).document();
}

/** Reads a JSON object; undefined for whatever is none. */
export function readMap(text: unknown): JsonMap | undefined {
  try {
    const value = typeof text === "string" ? parseJson(text) : undefined;
    return isMap(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

/** Writes JSON; with `indent` one entry a line. What `parseJson` read comes out with the same numbers and order. */
export function printJson(value: Json, indent = 0, margin = ""): string {
  if (isNumber(value)) return numberText(value);
  if (isList(value)) {
    return bracketed(
      "[]",
      value.map((item) => printJson(item, indent, margin + " ".repeat(indent))),
      indent,
      margin,
    );
  }
  if (isMap(value)) {
    const entries = [...value].map(
      ([key, item]) =>
        `${JSON.stringify(key)}:${indent ? " " : ""}${printJson(item, indent, margin + " ".repeat(indent))}`,
    );
    return bracketed("{}", entries, indent, margin);
  }
  return JSON.stringify(value);
}

function bracketed(brackets: string, items: string[], indent: number, margin: string): string {
  const [open, close] = brackets;
  if (!items.length) return brackets;
  if (!indent) return `${open}${items.join(",")}${close}`;
  const inner = `\n${margin}${" ".repeat(indent)}`;
  return `${open}${inner}${items.join(`,${inner}`)}\n${margin}${close}`;
}

/** Equal values, spelled alike: 1 and 1.0 are two. The order of keys doesn't matter. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) return numberText(a) === numberText(b);
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (isMap(a) && isMap(b)) {
    return a.size === b.size && [...a].every(([key, item]) => b.has(key) && sameJson(item, b.get(key)));
  }
  return false;
}

/** Plain data as exact JSON. What JSON.parse has lost stays lost; what `parsePlain` has kept stays. */
export function fromPlain(value: unknown): Json {
  if (value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value && typeof value === "object") {
    return new Map(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, fromPlain(item)]),
    );
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}

/** As JSON.parse would have it, for code that shows values and sends none. */
export function toPlain(value: Json): unknown {
  return JSON.parse(printJson(value)) as unknown;
}

const SPELLED = /\d[eE]|\.\d*0(?!\d)|0\.0{6}|\d[\d.]{15}|-0(?![.\d])/;

/** Plain objects and lists as JSON.parse makes them, but for numbers that would be spelled otherwise. */
export function parsePlain(text: string): unknown {
  return SPELLED.test(text) ? plainOf(parseJson(text)) : (JSON.parse(text) as unknown);
}

/** Maps as plain objects; numbers stay as exact as they are. */
export function plainOf(value: Json): unknown {
  if (isMap(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plainOf(item)]));
  return isList(value) ? value.map(plainOf) : value;
}

/** What `parsePlain` read, as text. */
export function printPlain(value: unknown, indent = 0): string {
  return printJson(fromPlain(value), indent);
}

export const EMPTY_MAP: JsonMap = new Map();
