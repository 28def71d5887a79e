import { filterWord } from "@/lib/quoting";
import { ORIGINS } from "./filter";
import { STATE_CHOICES } from "./states";
import { splitOutside, wordsOf } from "./words";

/** What is offered for the word at the caret. */
export interface Place {
  /** The part of the text that a suggestion takes the place of. */
  from: number;
  to: number;
  /** What is written of it so far. */
  written: string;
  kind: "key" | "state" | "created" | "flow" | "deployment" | "pool" | "queue" | "since" | "none";
}

export interface Offer {
  /** What comes into the text. */
  insert: string;
  label: string;
  detail?: string;
}

const KEYS: Offer[] = [
  { insert: "state:", label: "state:", detail: "failed, late, running, …" },
  { insert: "flow:", label: "flow:", detail: "name of a flow" },
  { insert: "deployment:", label: "deployment:", detail: "name, or flow/name" },
  { insert: "tag:", label: "tag:", detail: "a tag of the run" },
  { insert: "pool:", label: "pool:", detail: "name of a work pool" },
  { insert: "queue:", label: "queue:", detail: "name of a work queue" },
  { insert: "since:", label: "since:", detail: "1h, 7d, all, 2026-03-29T14:05" },
  { insert: "until:", label: "until:", detail: "2026-03-29T14:05" },
  { insert: "next:", label: "next:", detail: "24h: what is to come" },
  { insert: "created:", label: "created:", detail: "schedule, cli, ui, …" },
  { insert: "param.", label: "param.…=", detail: "value of a parameter" },
  { insert: "jv.", label: "jv.…=", detail: "job variable that the run sets: jv.env.REGION=eu" },
];
const SPANS = ["1h", "6h", "24h", "7d", "30d", "all"];
const NAME_KINDS = ["flow", "deployment", "pool", "queue"] as const;

export function placeAt(text: string, caret: number): Place {
  const word = wordsOf(text).find(({ start, end }) => start <= caret && caret <= end);
  if (!word) return { from: caret, to: caret, written: "", kind: "key" };
  const sign = word.text.startsWith("-") ? 1 : 0;
  const rest = word.text.slice(sign);
  const [, key] = /^([a-z]+):/i.exec(rest) ?? [];
  if (key === undefined) {
    const isKey = /^[a-z]*$/i.test(rest);
    return { from: word.start + sign, to: word.end, written: rest, kind: isKey ? "key" : "none" };
  }
  // Of several values the one at the caret.
  const head = sign + key.length + 1;
  const parts = splitOutside(word.text.slice(head, caret - word.start), ",");
  const written = parts.at(-1) ?? "";
  const from = caret - written.length;
  const end = text.slice(caret, word.end).search(/,/);
  const to = end < 0 ? word.end : caret + end;
  const lower = key.toLowerCase();
  const known = [...NAME_KINDS, "state", "created", "since"].find((each) => each === lower);
  return { from, to, written: written.replace(/^"/, ""), kind: (known ?? "none") as Place["kind"] };
}

/** What can be offered without asking anybody. */
export function offersAt({ kind, written }: Place): Offer[] {
  const wanted = written.toLowerCase();
  switch (kind) {
    case "key":
      return KEYS.filter(({ label }) => label.startsWith(wanted));
    case "state":
      return STATE_CHOICES.filter(
        ({ value, label }) => value.startsWith(wanted) || label.toLowerCase().startsWith(wanted),
      ).map(({ value, label }) => ({ insert: value, label: value, detail: label }));
    case "created":
      return Object.entries(ORIGINS)
        .filter(([value]) => value.startsWith(wanted))
        .map(([value, { label }]) => ({ insert: value, label: value, detail: label }));
    case "since":
      return SPANS.filter((span) => span.startsWith(wanted)).map((span) => ({ insert: span, label: span }));
    default:
      return [];
  }
}

export function isNameKind(kind: Place["kind"]): kind is (typeof NAME_KINDS)[number] {
  return (NAME_KINDS as readonly string[]).includes(kind);
}

export function nameOffers(names: readonly { value: string; detail?: string }[]): Offer[] {
  return names.map(({ value, detail }) => ({
    insert: filterWord(value),
    label: value,
    ...(detail ? { detail } : {}),
  }));
}

/** The text with a suggestion in its place, and where the caret is then. */
export function accepted(
  text: string,
  { from, to, kind }: Place,
  offer: Offer,
): { text: string; caret: number } {
  const space = kind === "key" || text.slice(to).startsWith(" ") || text.slice(to).startsWith(",") ? "" : " ";
  const next = text.slice(0, from) + offer.insert + space + text.slice(to);
  return { text: next, caret: from + offer.insert.length + space.length };
}
