// All that a form knows: the value, and the texts that are on their way to be one. Plain data: it can be stored.
import {
  EMPTY_MAP,
  isMap,
  type Json,
  type JsonMap,
  JsonSyntaxError,
  parseJson,
  printJson,
} from "@/lib/exact-json";
import { changed, type Inherited, type Path, pathKey } from "./edit";
import type { Shapes } from "./node";
import type { Problem } from "./problems";

export interface FormState {
  /** What was set. */
  readonly value: JsonMap;
  /** By path: what stands in a JSON editor where it is not how we would write its value, or no JSON at all. */
  readonly texts: ReadonlyMap<string, string>;
}

export const NO_TEXTS: ReadonlyMap<string, string> = new Map();
export const EMPTY_FORM: FormState = { value: EMPTY_MAP, texts: NO_TEXTS };

const WHOLE = pathKey([]);

export const formOf = (value: Json): FormState => ({
  value: isMap(value) ? value : EMPTY_MAP,
  texts: NO_TEXTS,
});

/** Sets or, with `undefined`, resets what is at a path. */
export function edited(
  shapes: Shapes,
  inherited: Inherited,
  state: FormState,
  path: Path,
  next: Json | undefined,
): FormState {
  const value = changed(shapes, state.value, inherited, path, next);
  return { value, texts: without(state.texts, path) };
}

/** The texts of other places: what was typed at, below or around the path is out of date. */
function without(texts: ReadonlyMap<string, string>, path: Path): ReadonlyMap<string, string> {
  if (!texts.size) return texts;
  const inside = pathKey(path).slice(0, -1);
  const kept = [...texts].filter(([key]) => {
    const around = key.slice(0, -1);
    return key !== WHOLE && !isBelow(key, inside) && !isBelow(pathKey(path), around);
  });
  return kept.length === texts.size ? texts : new Map(kept);
}

const isBelow = (key: string, stem: string): boolean =>
  key.startsWith(stem) && (key[stem.length] === "]" || key[stem.length] === "," || stem === "[");

/** Takes what was typed into the JSON editor of a place; the value follows as soon as it is JSON. */
export function typed(
  shapes: Shapes,
  inherited: Inherited,
  state: FormState,
  path: Path,
  text: string,
): FormState {
  const read = readJson(text);
  const isWhole = path.length === 0;
  if ("error" in read || (isWhole && !isMap(read.value))) {
    return { ...state, texts: new Map([...state.texts, [pathKey(path), text]]) };
  }
  const next = isWhole ? formOf(read.value) : edited(shapes, inherited, state, path, read.value);
  if (text === printJson(read.value, 2)) return next;
  return { ...next, texts: new Map([...next.texts, [pathKey(path), text]]) };
}

export function textAt(state: FormState, path: Path): string | undefined {
  return state.texts.get(pathKey(path));
}

/** The value as text, as it was typed where it was. */
export function wholeText(state: FormState): string {
  return state.texts.get(WHOLE) ?? printJson(state.value, 2);
}

/** Why the text of the whole can't be shown as fields; undefined where it can. */
export function wholeError(state: FormState): string | undefined {
  const text = state.texts.get(WHOLE);
  return text === undefined ? undefined : textError(text, true);
}

/** Goes back to the last value that could be read. */
export function withoutTexts(state: FormState): FormState {
  return { ...state, texts: NO_TEXTS };
}

/** What is typed and is no JSON: a run with it would be another than the form shows. */
export function unreadable(state: FormState): Problem[] {
  return [...state.texts].flatMap(([key, text]): Problem[] => {
    const message = textError(text, key === WHOLE);
    const path = (JSON.parse(key) as (string | number)[]).reduce<string>(
      (told, step) => (typeof step === "number" ? `${told}[${step}]` : told ? `${told}.${step}` : step),
      "",
    );
    return message === undefined ? [] : [{ path, message }];
  });
}

/** What is wrong with a text, and where in it, from 0. */
export interface Fault {
  readonly message: string;
  readonly at: number;
}

/** Why a text can't be a value. */
export function textFault(text: string, isWhole = false): Fault | undefined {
  const read = readJson(text);
  if ("error" in read) return read.error;
  return isWhole && !isMap(read.value) ? { message: "A JSON object is expected: {…}", at: 0 } : undefined;
}

export const textError = (text: string, isWhole = false): string | undefined =>
  textFault(text, isWhole)?.message;

export function readJson(text: string): { value: Json } | { error: Fault } {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { error: { message: error.message, at: error.at } };
    throw error;
  }
}
