// Which runs a list shows, as its chips, its text and its address say it alike. `parse.ts` and `print.ts` turn text
// into this and back, `selection.ts` into what the server is asked.

export const CHOICE_KEYS = ["state", "flow", "deployment", "pool", "queue", "tag", "created"] as const;
export type ChoiceKey = (typeof CHOICE_KEYS)[number];
export const VALUE_KEYS = ["param", "jv"] as const;
export type ValueKey = (typeof VALUE_KEYS)[number];

/** A thing of the run is one of some values, or none of them. */
export interface ChoiceTerm {
  key: ChoiceKey;
  values: readonly string[];
  negated: boolean;
}

/** There is this value at a path of the run's parameters or job variables. */
export interface ValueTerm {
  key: ValueKey;
  path: readonly string[];
  /** `undefined`: anything. */
  value: string | undefined;
  /** There is nothing at the path; only without a value. */
  negated: boolean;
}

export type Term = ChoiceTerm | ValueTerm;

/** When the runs were or are expected to start. Moments are in milliseconds. */
export type TimeWindow =
  | { kind: "past"; span: string }
  | { kind: "next"; span: string }
  | { kind: "between"; from?: number; to?: number }
  | { kind: "all" };

export interface RunFilter {
  window: TimeWindow;
  terms: readonly Term[];
  /** Looked for in the name of the run, and at the start of its id. */
  words: string;
}

export const DEFAULT_WINDOW: TimeWindow = { kind: "past", span: "7d" };
export const NO_FILTER: RunFilter = { window: DEFAULT_WINDOW, terms: [], words: "" };

/** What a filter by a key is called. */
export const KEY_LABELS: Record<ChoiceKey | ValueKey, string> = {
  state: "State",
  flow: "Flow",
  deployment: "Deployment",
  pool: "Work pool",
  queue: "Queue",
  tag: "Tag",
  created: "Created by",
  param: "Parameter",
  jv: "Job variable",
};

/** The keys whose filters the server can turn round. */
export const NEGATABLE: ReadonlySet<string> = new Set(["state", "flow", "deployment", "queue", "tag"]);

export function isValueTerm(term: Term): term is ValueTerm {
  return term.key === "param" || term.key === "jv";
}

/** Who or what made a run, and how the server knows: kinds of creators, or entrances. */
export const ORIGINS: Record<string, { label: string; sent: readonly string[] }> = {
  schedule: { label: "Schedule", sent: ["SCHEDULE", "DEPLOYMENT"] },
  cli: { label: "Command line", sent: ["cli", "CLI"] },
  ui: { label: "Web UI", sent: ["ui", "UI"] },
  sdk: { label: "Python SDK", sent: ["sdk", "SDK"] },
  rest: { label: "REST API", sent: ["rest", "API"] },
  automation: { label: "Automation", sent: ["automation", "AUTOMATION"] },
};

export function withTerm(filter: RunFilter, index: number, term: Term | undefined): RunFilter {
  const terms = [...filter.terms];
  if (term === undefined || (!isValueTerm(term) && term.values.length === 0)) terms.splice(index, 1);
  else terms.splice(index, 1, term);
  return { ...filter, terms };
}

export function addTerm(filter: RunFilter, term: Term): RunFilter {
  return { ...filter, terms: [...filter.terms, term] };
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** "90m" → milliseconds; nothing where it is no length of time. */
export function spanMillis(span: string): number | undefined {
  const [, digits, unit] = /^(\d{1,4})([mhdw])$/.exec(span) ?? [];
  const size = Number(digits) * (UNITS[unit ?? ""] ?? Number.NaN);
  return size > 0 ? size : undefined;
}

const UNIT_NAMES: Record<string, string> = { m: "minute", h: "hour", d: "day", w: "week" };

export function spanLabel(span: string): string {
  const number = Number.parseInt(span, 10);
  const unit = UNIT_NAMES[span.at(-1) ?? ""] ?? "";
  return number === 1 ? unit : `${number} ${unit}s`;
}

/** A run that is due just now may be expected a moment after what this clock says. */
const GRACE_MS = 60_000;

/** From when to when, as seen now; an end that is open is left out. */
export function boundsOf(window: TimeWindow, now: number): { from?: number; to?: number } {
  switch (window.kind) {
    case "past":
      return { from: now - (spanMillis(window.span) ?? 0), to: now + GRACE_MS };
    case "next":
      return { from: now, to: now + (spanMillis(window.span) ?? 0) };
    case "between": {
      const { from, to } = window;
      return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    }
    case "all":
      return {};
  }
}
