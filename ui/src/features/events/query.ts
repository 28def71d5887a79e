// Which events are shown, as a line of text: `event:prefect.flow-run.* -event:*.heartbeat resource:… since:7d words`.
// The chips and the address say the same.
import { filterWord } from "@/lib/quoting";

export type EventWindow =
  | { readonly kind: "past"; readonly span: string }
  | { readonly kind: "all" }
  | { readonly kind: "between"; readonly from?: number | undefined; readonly to?: number | undefined };

export interface EventQuery {
  /** Names; one that ends in `*` stands for all that begin so. */
  readonly names: readonly string[];
  readonly without: readonly string[];
  /** Ids of resources, of which one must have part in the event; they may end in `*` too. */
  readonly resources: readonly string[];
  /** Anywhere in the event. */
  readonly words: string;
  readonly window: EventWindow;
}

export const USUAL_WINDOW: EventWindow = { kind: "past", span: "24h" };
export const EVERYTHING: EventQuery = {
  names: [],
  without: [],
  resources: [],
  words: "",
  window: USUAL_WINDOW,
};

export const SPANS: Readonly<Record<string, { label: string; ms: number }>> = {
  "15m": { label: "15 minutes", ms: 900_000 },
  "1h": { label: "hour", ms: 3_600_000 },
  "6h": { label: "6 hours", ms: 6 * 3_600_000 },
  "24h": { label: "24 hours", ms: 86_400_000 },
  "7d": { label: "7 days", ms: 7 * 86_400_000 },
  "30d": { label: "30 days", ms: 30 * 86_400_000 },
};

const TOKEN = /(-?)(?:(event|resource|since|until):)?(?:"((?:[^"\\]|\\.)*)"|(\S+))/g;

/** Reads a line. What it does not know is a word to look for. */
export function parse(text: string): EventQuery {
  const names: string[] = [];
  const without: string[] = [];
  const resources: string[] = [];
  const words: string[] = [];
  let window: EventWindow = USUAL_WINDOW;
  for (const [whole, minus, key, quoted, plain = ""] of text.matchAll(TOKEN)) {
    const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1");
    if (key === "event") (minus ? without : names).push(value);
    else if (key === "resource" && !minus) resources.push(value);
    else if (key === "since" || key === "until") window = windowWith(window, key, value);
    else words.push(quoted === undefined || key ? whole : minus + value);
  }
  return { names, without, resources, words: words.join(" "), window };
}

function windowWith(before: EventWindow, key: "since" | "until", value: string): EventWindow {
  if (key === "since" && Object.hasOwn(SPANS, value)) return { kind: "past", span: value };
  if (key === "since" && value === "ever") return { kind: "all" };
  const moment = Date.parse(value);
  if (Number.isNaN(moment)) return before;
  const known = before.kind === "between" ? before : { kind: "between" as const };
  return key === "since" ? { ...known, from: moment } : { ...known, to: moment };
}

/** Writes the line; nothing for what is usual. */
export function print(query: EventQuery): string {
  const parts = [
    ...query.names.map((name) => `event:${filterWord(name)}`),
    ...query.without.map((name) => `-event:${filterWord(name)}`),
    ...query.resources.map((id) => `resource:${filterWord(id)}`),
    ...printWindow(query.window),
    query.words,
  ];
  return parts.filter(Boolean).join(" ");
}

function printWindow(window: EventWindow): string[] {
  if (window.kind === "all") return ["since:ever"];
  if (window.kind === "past") {
    const isUsual = USUAL_WINDOW.kind === "past" && window.span === USUAL_WINDOW.span;
    return isUsual ? [] : [`since:${window.span}`];
  }
  const moment = (key: string, at: number | undefined) =>
    at === undefined ? [] : [`${key}:${new Date(at).toISOString()}`];
  return [...moment("since", window.from), ...moment("until", window.to)];
}

/** From when to when, in milliseconds. */
export function boundsOf(window: EventWindow, now: number): { from?: number; to?: number } {
  if (window.kind === "past") return { from: now - (SPANS[window.span]?.ms ?? 86_400_000) };
  if (window.kind === "all") return {};
  return {
    ...(window.from === undefined ? {} : { from: window.from }),
    ...(window.to === undefined ? {} : { to: window.to }),
  };
}

/** What begins so, and what is just that. Both at once would have to hold; so beginnings stand for all of them then. */
function namesAs(names: readonly string[], exact: string, prefix: string) {
  if (!names.length) return {};
  const isExact = names.every((name) => !name.endsWith("*"));
  return isExact ? { [exact]: [...names] } : { [prefix]: names.map((name) => name.replace(/\*$/, "")) };
}

/** The filter that the server is asked with. */
export function filterOf(query: EventQuery, now: number) {
  const { from = 0, to } = boundsOf(query.window, now);
  const event = {
    ...namesAs(query.names, "name", "prefix"),
    ...namesAs(query.without, "exclude_name", "exclude_prefix"),
  };
  return {
    occurred: {
      since: new Date(from).toISOString(),
      ...(to === undefined ? {} : { until: new Date(to).toISOString() }),
    },
    ...(Object.keys(event).length ? { event } : {}),
    ...(query.resources.length ? { any_resource: namesAs(query.resources, "id", "id_prefix") } : {}),
    ...(query.words ? { text: { query: query.words } } : {}),
    order: "DESC" as const,
  };
}

export function windowLabel(window: EventWindow, shown: (moment: number) => string): string {
  if (window.kind === "past") return `the last ${SPANS[window.span]?.label ?? window.span}`;
  if (window.kind === "all") return "any time";
  const { from, to } = window;
  if (from === undefined) return to === undefined ? "any time" : `until ${shown(to)}`;
  return to === undefined ? `since ${shown(from)}` : `${shown(from)} – ${shown(to)}`;
}
