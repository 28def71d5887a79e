// Drafts in the browser and in addresses. Neither holds a secret that was typed.
import {
  ExactNumber,
  isList,
  isMap,
  type Json,
  plainOf,
  printJson,
  printPlain,
  readMap,
} from "@/lib/exact-json";
import { listOf, type Search, textOf } from "@/lib/search";
import { isReference, soundsSecret } from "@/lib/secret-words";
import { readStored, writeStored } from "@/lib/storage";
import { settled } from "@/schema-form/edit";
import { formOf } from "@/schema-form/form-state";
import { type Node, Shapes } from "@/schema-form/node";
import { EMPTY_DRAFT, isEmptyDraft, type JobVariables, type RunDraft } from "./draft";

const VERSION = 2;
const keyOf = (deploymentId: string): string => `run-draft.${deploymentId}`;

interface Stored {
  version: number;
  at: number;
  parameters: string;
  texts: [string, string][];
  jobVariables: string;
  rest: Omit<RunDraft, "parameters" | "jobVariables">;
}

export function storeDraft(deploymentId: string, draft: RunDraft, schema: Json, now: number): void {
  if (isEmptyDraft(draft)) {
    discardStored(deploymentId);
    return;
  }
  const open = withoutSecrets(draft, schema);
  const { parameters, jobVariables, ...rest } = open;
  const stored: Stored = {
    version: VERSION,
    at: now,
    parameters: printJson(parameters.value),
    texts: [...parameters.texts],
    jobVariables: printPlain(jobVariables),
    rest,
  };
  writeStored(keyOf(deploymentId), stored);
}

export const discardStored = (deploymentId: string): void => writeStored(keyOf(deploymentId), undefined);

/** The draft that was left here; undefined where there is none, or one of another version. */
export function storedDraft(deploymentId: string): { draft: RunDraft; at: number } | undefined {
  const stored = readStored(keyOf(deploymentId)) as Partial<Stored> | undefined;
  if (stored?.version !== VERSION || typeof stored.parameters !== "string" || !stored.rest) return undefined;
  const value = readMap(stored.parameters);
  const variables = readMap(stored.jobVariables ?? "{}");
  if (!value || !variables) return undefined;
  const parameters = { value, texts: new Map(stored.texts ?? []) };
  const jobVariables = plainOf(variables) as JobVariables;
  return { draft: { ...EMPTY_DRAFT, ...stored.rest, parameters, jobVariables }, at: stored.at ?? 0 };
}

/** The draft without secrets that are written out: by their type in the schema, or by what their variable is called. */
export function withoutSecrets(draft: RunDraft, schema: Json): RunDraft {
  const shapes = new Shapes(schema);
  const value = openPart(shapes, shapes.node(shapes.root), draft.parameters.value);
  // Half-typed JSON can't be searched: where a secret could be in it, it isn't kept.
  const mayHide = printJson(schema).includes('"format":"password"');
  const texts = mayHide ? new Map<string, string>() : draft.parameters.texts;
  return {
    ...draft,
    parameters: { value: isMap(value) ? value : formOf(null).value, texts },
    jobVariables: openVariables(draft.jobVariables),
    unfinished:
      draft.unfinished !== undefined && soundsSecret(draft.unfinished) ? undefined : draft.unfinished,
  };
}

function openPart(shapes: Shapes, outer: Node, value: Json): Json | undefined {
  const node = settled(shapes, outer, value);
  if (hidesText(shapes, outer) && typeof value === "string" && !isReference(value)) return undefined;
  if (isList(value)) {
    return value.map((item, index) => {
      const open = openPart(shapes, shapes.node(shapes.item(node, index)), item);
      return open === undefined ? "" : open;
    });
  }
  if (!isMap(value)) return value;
  const properties = new Map(shapes.properties(node).map(({ key, schema }) => [key, schema]));
  const kept = [...value].flatMap(([key, item]): [string, Json][] => {
    const open = openPart(shapes, shapes.node(properties.get(key) ?? shapes.extra(node, key) ?? true), item);
    return open === undefined ? [] : [[key, open]];
  });
  return new Map(kept);
}

/** Whether a text at the place may be a secret: in a union it is, where one of the forms is. */
function hidesText(shapes: Shapes, node: Node): boolean {
  return node.kind === "secret" || node.branches.some((branch) => shapes.node(branch).kind === "secret");
}

function openVariables(variables: JobVariables): JobVariables {
  const open = (key: string, value: unknown): unknown => {
    if (typeof value === "string") return soundsSecret(key) && !isReference(value) ? undefined : value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    if (value instanceof ExactNumber) return value;
    return openVariables(value as JobVariables);
  };
  const kept = Object.entries(variables).map(([key, value]) => [key, open(key, value)] as const);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/** A draft as the search part of an address, to be handed on. */
export function searchOf(draft: RunDraft, schema: Json): Search {
  const { parameters, jobVariables, name, startAt, message, tags, workQueue, retries, retryDelay } =
    withoutSecrets(draft, schema);
  return {
    parameters: parameters.value.size ? printJson(parameters.value) : undefined,
    job_variables: Object.keys(jobVariables).length ? printPlain(jobVariables) : undefined,
    name,
    at: startAt,
    message,
    tag: [...tags],
    queue: workQueue,
    retries,
    retry_delay: retryDelay,
  };
}

/** The draft that an address holds; undefined where it holds none. JSON that can't be read stays as text. */
export function draftFromSearch(search: Search): RunDraft | undefined {
  const text = textOf(search, "parameters");
  const value = text ? readMap(text) : undefined;
  const variables = readMap(textOf(search, "job_variables") || "{}");
  const draft: RunDraft = {
    ...EMPTY_DRAFT,
    parameters:
      text && !value ? { ...EMPTY_DRAFT.parameters, texts: new Map([["[]", text]]) } : formOf(value ?? null),
    jobVariables: variables ? (plainOf(variables) as JobVariables) : {},
    unfinished: variables ? undefined : textOf(search, "job_variables"),
    name: textOf(search, "name"),
    startAt: textOf(search, "at"),
    message: textOf(search, "message"),
    tags: listOf(search, "tag"),
    workQueue: textOf(search, "queue"),
    retries: textOf(search, "retries"),
    retryDelay: textOf(search, "retry_delay"),
  };
  return isEmptyDraft(draft) ? undefined : draft;
}
