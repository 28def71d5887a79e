import { ApiError } from "@/lib/api";
import {
  EMPTY_MAP,
  fromPlain,
  isMap,
  type Json,
  type JsonMap,
  JsonSyntaxError,
  parseJson,
} from "@/lib/exact-json";
import { EMPTY_FORM, type FormState } from "@/schema-form/form-state";
import type { Problem } from "@/schema-form/problems";

/** Of a type that the server doesn't know. */
export const OTHER = "";

export interface PoolDraft {
  readonly name: string;
  readonly type: string;
  /** The name of another type, where that is chosen. */
  readonly otherType: string;
  /** Its template, as text; empty: its first worker brings it. */
  readonly otherTemplate: string;
  readonly description: string;
  readonly limit: number | null;
  readonly isPaused: boolean;
  /** Defaults of job variables, where they are not those of the template. */
  readonly defaults: FormState;
}

export const NEW_POOL: PoolDraft = {
  name: "",
  type: "process",
  otherType: "",
  otherTemplate: "",
  description: "",
  limit: null,
  isPaused: false,
  defaults: EMPTY_FORM,
};

const NAME = /^[^/%&><]+$/;

export interface Faults {
  name?: string | undefined;
  type?: string | undefined;
  template?: string | undefined;
  limit?: string | undefined;
  /** Of the defaults; paths begin with a variable. */
  readonly defaults: readonly Problem[];
  /** What belongs to no field. */
  readonly other: boolean;
}

/** What keeps the draft from being sent. */
export function faultsOf(draft: PoolDraft): Partial<Faults> {
  const name = draft.name.trim();
  const faults: { -readonly [K in keyof Faults]?: Faults[K] } = {};
  if (!name) faults.name = "A pool needs a name.";
  else if (!NAME.test(name)) faults.name = "A name can’t hold / % & < or >: it is part of addresses.";
  if (draft.limit !== null && draft.limit < 0) faults.limit = "A limit is 0 or more.";
  if (draft.type !== OTHER) return faults;
  if (!draft.otherType.trim()) faults.type = "Which type? The workers that serve it name it.";
  const read = readTemplate(draft.otherTemplate);
  if ("error" in read) faults.template = read.error;
  return faults;
}

/** A typed template; nothing typed is an empty one. */
export function readTemplate(text: string): { template: JsonMap } | { error: string } {
  if (!text.trim()) return { template: EMPTY_MAP };
  try {
    const value = parseJson(text);
    return isMap(value) ? { template: value } : { error: "A template is an object, in braces." };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { error: error.message };
    throw error;
  }
}

/** A template with other defaults; what is not named keeps its own. */
export function withDefaults(template: JsonMap, defaults: JsonMap): JsonMap {
  const variables = template.get("variables");
  const properties = isMap(variables) ? variables.get("properties") : undefined;
  if (!defaults.size || !isMap(variables) || !isMap(properties)) return template;
  const filled = [...properties].map(([name, schema]): [string, Json] => {
    const value = defaults.get(name);
    return [name, value === undefined || !isMap(schema) ? schema : new Map([...schema, ["default", value]])];
  });
  return new Map([
    ...template,
    ["variables", new Map<string, Json>([...variables, ["properties", new Map(filled)]])],
  ]);
}

/** What the request says. `template` is that of the type, or of the pool that is duplicated. */
export function fieldsOf(draft: PoolDraft, template: JsonMap): Record<string, Json> {
  const isOther = draft.type === OTHER;
  const typed = readTemplate(draft.otherTemplate);
  const own = isOther ? ("template" in typed ? typed.template : EMPTY_MAP) : template;
  return {
    name: draft.name.trim(),
    type: isOther ? draft.otherType.trim() : draft.type,
    description: draft.description.trim() || null,
    concurrency_limit: draft.limit,
    is_paused: draft.isPaused,
    base_job_template: withDefaults(own, draft.defaults.value),
  };
}

/** What the server says, at the fields that it is about. */
export function placedFaults(error: unknown, isOther: boolean): Faults | undefined {
  if (!(error instanceof ApiError)) return error ? { defaults: [], other: true } : undefined;
  if (error.code === "base-job-template-invalid") {
    const problems = problemsOf(error);
    if (isOther) {
      return {
        template: problems.map(({ path, message }) => `${path} ${message}`).join("\n"),
        defaults: [],
        other: false,
      };
    }
    return { defaults: problems, other: false };
  }
  const told = [error.message, error.hint].filter(Boolean).join(" ");
  const isAboutName = error.status === 409 || error.field === "name" || /name/i.test(error.message);
  return isAboutName ? { name: told, defaults: [], other: false } : { defaults: [], other: true };
}

/** The problems that a refused template has. */
export function problemsOf(error: unknown): Problem[] {
  if (!(error instanceof ApiError) || !Array.isArray(error.detail)) return [];
  return error.detail.filter(
    (each): each is Problem => isMap(fromPlain(each)) && typeof (each as Problem).message === "string",
  );
}
