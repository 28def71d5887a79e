import {
  CHOICE_KEYS,
  type ChoiceKey,
  type ChoiceTerm,
  DEFAULT_WINDOW,
  KEY_LABELS,
  NEGATABLE,
  ORIGINS,
  type RunFilter,
  spanMillis,
  type Term,
  type TimeWindow,
  type ValueTerm,
} from "./filter";
import { readMoment } from "./moments";
import { nearest } from "./nearest";
import { STATE_CHOICES, stateOf } from "./states";
import { splitOutside, unquoted, type Word, wordsOf } from "./words";

/** A word that is not understood. */
export interface Problem extends Word {
  message: string;
  /** What may have been meant, in its place. */
  instead?: string;
}

export interface Parsed {
  filter: RunFilter;
  problems: Problem[];
}

const TIME_KEYS = ["since", "until", "next"] as const;
const KEYS: readonly string[] = [...CHOICE_KEYS, ...TIME_KEYS];
const isChoiceKey = (key: string): key is ChoiceKey => (CHOICE_KEYS as readonly string[]).includes(key);

/** What is wrong with one word. */
class Misread extends Error {
  readonly instead: string | undefined;
  constructor(message: string, instead?: string) {
    super(message);
    this.instead = instead;
  }
}

/** The filter that a text means, without the words that are not understood; they are told. */
export function parse(text: string, zone: string): Parsed {
  const problems: Problem[] = [];
  const terms: Term[] = [];
  const plain: string[] = [];
  let window: TimeWindow | undefined;
  for (const word of wordsOf(text)) {
    try {
      const read = readWord(word.text, zone);
      if (read.kind === "word") plain.push(read.text);
      else if (read.kind === "time") window = joinWindows(window, read.window);
      else joinTerm(terms, read.term);
    } catch (error) {
      if (!(error instanceof Misread)) throw error;
      const { message, instead } = error;
      problems.push({ ...word, message, ...(instead === undefined ? {} : { instead }) });
    }
  }
  return { filter: { window: window ?? DEFAULT_WINDOW, terms, words: plain.join(" ") }, problems };
}

type Read =
  | { kind: "word"; text: string }
  | { kind: "time"; window: TimeWindow }
  | { kind: "term"; term: Term };

function readWord(text: string, zone: string): Read {
  const negated = text.length > 1 && text.startsWith("-");
  const rest = negated ? text.slice(1) : text;
  const [, valueKey] = /^(param|jv)[.:=]/i.exec(rest) ?? [];
  if (valueKey) return { kind: "term", term: readValueTerm(valueKey.toLowerCase(), rest, negated) };
  const [, written] = /^([a-z_]+):/i.exec(rest) ?? [];
  if (written === undefined) {
    if (!negated) return { kind: "word", text: whole(text) };
    throw new Misread(
      "Words of the name can't be left out; states, flows, deployments, queues and tags can.",
    );
  }
  const key = written.toLowerCase();
  const value = rest.slice(written.length + 1);
  if (isChoiceKey(key)) return { kind: "term", term: readChoice(key, value, negated) };
  if (TIME_KEYS.some((known) => known === key)) {
    if (negated) throw new Misread("A time can't be left out; since: and until: together bound it.");
    return { kind: "time", window: readTime(key, whole(value), zone) };
  }
  const near = nearest(key, [...KEYS, "param", "jv"]);
  throw new Misread(
    `There is no filter “${written}”. There are ${[...KEYS, "param", "jv"].join(", ")}; put text with a colon in quotation marks.`,
    near && near !== "param" && near !== "jv" ? `${negated ? "-" : ""}${near}:${value}` : undefined,
  );
}

function whole(text: string): string {
  const plain = unquoted(text);
  if (plain === undefined) throw new Misread("A quotation mark is not closed.");
  return plain;
}

function readChoice(key: ChoiceKey, text: string, negated: boolean): ChoiceTerm {
  if (negated && !NEGATABLE.has(key))
    throw new Misread(`Runs can't be left out by ${KEY_LABELS[key].toLowerCase()}.`);
  const parts = splitOutside(text, ",").filter((part) => part !== "");
  if (parts.length === 0) throw new Misread(`What follows ${key}: is missing.`);
  const values = parts.map((part) =>
    readChoiceValue(key, part, (value) => `${negated ? "-" : ""}${key}:${value}`),
  );
  return { key, values: [...new Set(values)], negated };
}

function readChoiceValue(key: ChoiceKey, part: string, inPlace: (value: string) => string): string {
  const value = whole(part);
  if (key === "state") {
    const known = stateOf(value);
    if (known) return known.value;
    // In quotation marks it is a name that somebody's own code gave.
    if (part.startsWith('"')) return value;
    const near = nearest(
      value.toLowerCase(),
      STATE_CHOICES.map((choice) => choice.value),
    );
    throw new Misread(
      `There is no state “${value}”; a name that your flows give goes in quotation marks.`,
      near && inPlace(near),
    );
  }
  if (key === "created" && !(value.toLowerCase() in ORIGINS)) {
    const near = nearest(value.toLowerCase(), Object.keys(ORIGINS));
    throw new Misread(`Runs are created by ${Object.keys(ORIGINS).join(", ")}.`, near && inPlace(near));
  }
  return key === "created" ? value.toLowerCase() : value;
}

function readValueTerm(key: string, text: string, negated: boolean): ValueTerm {
  const example = `${key}.${key === "jv" ? "env.REGION=eu" : "region=eu"}`;
  const [left = "", ...right] = splitOutside(text, "=");
  const [head, ...path] = splitOutside(left, ".").map(whole);
  if (head?.toLowerCase() !== key || path.length === 0 || path.some((part) => part === ""))
    throw new Misread(`Name the path and the value: ${example}.`);
  if (path.length > 10) throw new Misread("A path has at most ten parts.");
  if (right.length === 0)
    throw new Misread(
      `A value is missing: ${text}=…, or ${text}=* for any.`,
      `${negated ? "-" : ""}${text}=*`,
    );
  const written = right.join("=");
  const value = written === "*" ? undefined : whole(written);
  if (negated && value !== undefined)
    throw new Misread("Runs can't be left out by a value, only those that have one at all.", `-${left}=*`);
  return { key: key as ValueTerm["key"], path, value, negated };
}

function readTime(key: string, value: string, zone: string): TimeWindow {
  const span = spanMillis(value.toLowerCase()) === undefined ? undefined : value.toLowerCase();
  if (key === "next") {
    if (span) return { kind: "next", span };
    throw new Misread("What is to come is next:24h, next:7d, …");
  }
  if (key === "since" && value.toLowerCase() === "all") return { kind: "all" };
  if (key === "since" && span) return { kind: "past", span };
  const moment = readMoment(value, zone);
  if (moment === undefined)
    throw new Misread(
      `“${value}” is no time: ${key === "since" ? "1h, 7d, all, " : ""}2026-03-29, 2026-03-29T14:05, 2026-03-29T14:05Z.`,
    );
  return key === "since" ? { kind: "between", from: moment } : { kind: "between", to: moment };
}

function joinWindows(before: TimeWindow | undefined, next: TimeWindow): TimeWindow {
  if (before === undefined) return next;
  if (before.kind === "between" && next.kind === "between") return { ...before, ...next };
  throw new Misread("It contradicts the time that stands before it.");
}

/** Values of one key stand together, but for tags: of those `tag:a tag:b` asks for both. */
function joinTerm(terms: Term[], term: Term): void {
  if (term.key === "param" || term.key === "jv") {
    terms.push(term);
    return;
  }
  const { key, negated } = term as ChoiceTerm;
  const at = terms.findIndex((other) => other.key === key && other.negated === negated);
  const before = terms[at] as ChoiceTerm | undefined;
  const isBoth = key === "tag" && !negated;
  if (before === undefined || isBoth) {
    const lists = [...terms, term].filter(
      (each) => each.key === "tag" && !each.negated && "values" in each && each.values.length > 1,
    );
    if (isBoth && lists.length > 1)
      throw new Misread("There can be one list of tags; others can be asked for one by one.");
    terms.push(term);
  } else terms[at] = { ...before, values: [...new Set([...before.values, ...(term as ChoiceTerm).values])] };
}
