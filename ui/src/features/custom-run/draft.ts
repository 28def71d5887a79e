// A run that is being written: what differs from the deployment, and nothing of the deployment itself.
import {
  EMPTY_MAP,
  ExactNumber,
  fromPlain,
  isMap,
  type Json,
  type JsonMap,
  sameJson,
} from "@/lib/exact-json";
import { EMPTY_FORM, type FormState, formOf, unreadable } from "@/schema-form/form-state";
import { isMoment, parseMoment } from "@/schema-form/moments";
import type { Problem } from "@/schema-form/problems";

export type JobVariables = Record<string, never> | { [key: string]: unknown };

export interface RunDraft {
  readonly parameters: FormState;
  /** As plain JSON, with exact numbers: its editor has them so. */
  readonly jobVariables: JobVariables;
  /** JSON of job variables that can't be read yet. */
  readonly unfinished: string | undefined;
  readonly name: string;
  /** ISO 8601 with its zone; empty is now. */
  readonly startAt: string;
  readonly message: string;
  readonly tags: readonly string[];
  readonly workQueue: string;
  readonly retries: string;
  /** In seconds. */
  readonly retryDelay: string;
  readonly idempotencyKey: string;
}

export const EMPTY_DRAFT: RunDraft = {
  parameters: EMPTY_FORM,
  jobVariables: {},
  unfinished: undefined,
  name: "",
  startAt: "",
  message: "",
  tags: [],
  workQueue: "",
  retries: "",
  retryDelay: "",
  idempotencyKey: "",
};

export const isEmptyDraft = (draft: RunDraft): boolean =>
  bodyOf(draft).size === 0 && draft.parameters.texts.size === 0 && !draft.unfinished;

/** The body of the request: what was set, spelled as it was typed. */
export function bodyOf(draft: RunDraft): JsonMap {
  const { parameters, jobVariables, name, startAt, message, tags, workQueue, idempotencyKey } = draft;
  const state = stateOf(startAt, message);
  const policy = policyOf(draft);
  const parts: [string, Json | undefined][] = [
    ["parameters", parameters.value.size ? parameters.value : undefined],
    ["job_variables", Object.keys(jobVariables).length ? fromPlain(jobVariables) : undefined],
    ["name", name.trim() || undefined],
    ["state", state],
    ["tags", tags.length ? tags : undefined],
    ["work_queue_name", workQueue || undefined],
    ["empirical_policy", policy],
    ["idempotency_key", idempotencyKey.trim() || undefined],
  ];
  return new Map(parts.filter((part): part is [string, Json] => part[1] !== undefined));
}

function stateOf(startAt: string, message: string): Json | undefined {
  const text = message.trim();
  const isLater = isZoned(startAt);
  if (!text && !isLater) return undefined;
  const parts: [string, Json][] = [["type", "SCHEDULED"]];
  if (text) parts.push(["message", text]);
  if (isLater) parts.push(["state_details", new Map([["scheduled_time", isoMoment(startAt)]])]);
  return new Map(parts);
}

/** With a T in between and a colon in its offset, as every reader of ISO 8601 takes it. */
function isoMoment(text: string): string {
  const moment = parseMoment(text);
  if (!moment) return text;
  const { date, time, offset } = moment;
  const digits = offset.slice(1).replace(":", "").padEnd(4, "0");
  return `${date}T${time}${offset.toUpperCase() === "Z" ? "Z" : `${offset[0]}${digits.slice(0, 2)}:${digits.slice(2)}`}`;
}

function policyOf({ retries, retryDelay }: RunDraft): Json | undefined {
  const policy = new Map<string, Json>();
  if (isCount(retries)) policy.set("retries", Number(retries));
  if (isCount(retryDelay)) policy.set("retry_delay", Number(retryDelay));
  return policy.size ? policy : undefined;
}

const isCount = (text: string): boolean => /^\d{1,9}$/.test(text.trim());
const isZoned = (text: string): boolean => Boolean(parseMoment(text)?.offset);

export type Place =
  | "parameters"
  | "job_variables"
  | "startAt"
  | "retries"
  | "retryDelay"
  | "name"
  | "workQueue"
  | "other";

export interface PlacedProblem extends Problem {
  readonly place: Place;
}

/** What keeps the draft from being sent at all: it would not be what the page shows. */
export function localProblems(draft: RunDraft): PlacedProblem[] {
  const found: PlacedProblem[] = unreadable(draft.parameters).map((each) => ({
    ...each,
    place: "parameters",
  }));
  if (draft.unfinished !== undefined) {
    found.push({
      place: "job_variables",
      path: "",
      message: "The JSON of the job variables can't be read yet.",
    });
  }
  if (draft.startAt && !isMoment(draft.startAt)) {
    found.push({ place: "startAt", path: "start", message: "is no moment, such as 2026-08-22T09:00+02:00." });
  } else if (draft.startAt && !isZoned(draft.startAt)) {
    found.push({ place: "startAt", path: "start", message: "has no time zone." });
  }
  for (const [place, path] of [
    ["retries", "retries"],
    ["retryDelay", "retry delay"],
  ] as const) {
    if (draft[place] && !isCount(draft[place]))
      found.push({ place, path, message: "must be a whole number." });
  }
  return found;
}

/** The parts of a run and of its deployment that a draft is made of. */
export interface Source {
  readonly parameters: JsonMap;
  readonly jobVariables: JobVariables;
  readonly tags: readonly string[];
  readonly workQueue: string | null;
}

/** A draft that makes such a run again: only what the run has otherwise than the deployment has it now. */
export function draftFromRun(run: Source, deployment: Source, defaults: JsonMap): RunDraft {
  const parameters = [...run.parameters].filter(
    ([key, value]) => !sameJson(value, deployment.parameters.get(key) ?? defaults.get(key)),
  );
  return {
    ...EMPTY_DRAFT,
    parameters: formOf(new Map(parameters)),
    jobVariables: differing(run.jobVariables, deployment.jobVariables),
    tags: run.tags.filter((tag) => !deployment.tags.includes(tag)),
    workQueue: run.workQueue && run.workQueue !== deployment.workQueue ? run.workQueue : "",
  };
}

function differing(own: JobVariables, below: JobVariables): JobVariables {
  const kept = Object.entries(own).flatMap(([key, value]): [string, unknown][] => {
    const other = (below as Record<string, unknown>)[key];
    if (sameJson(fromPlain(value), fromPlain(other))) return [];
    if (key !== "env" || !isRecord(value) || !isRecord(other)) return [[key, value]];
    return [[key, differing(value, other)]];
  });
  return Object.fromEntries(kept);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/** What the schema says of each parameter's default. */
export function defaultsOf(schema: Json): JsonMap {
  const properties = isMap(schema) ? schema.get("properties") : undefined;
  if (!isMap(properties)) return EMPTY_MAP;
  const found = [...properties].flatMap(([key, part]): [string, Json][] => {
    const value = isMap(part) ? part.get("default") : undefined;
    return value === undefined ? [] : [[key, value]];
  });
  return new Map(found);
}
