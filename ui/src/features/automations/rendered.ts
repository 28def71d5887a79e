// An action as it would be filled in, beside its templates. Pure.

import type { Explanation, JsonObject, Problem as VariableProblem } from "@/job-variables/json";
import { same } from "@/job-variables/json";
import { isList, isMap, type Json, type JsonMap } from "@/lib/exact-json";
import type { Problem } from "@/schema-form/problems";
import type { ActionPreview } from "./queries";

const TEMPLATE = /\{[{%#]/;
const KIND = "__prefect_kind";

export const isTemplate = (value: unknown): value is string =>
  typeof value === "string" && TEMPLATE.test(value);

export interface RenderedLeaf {
  /** `parameters.day`, `job_variables.env.REGION`. */
  readonly path: string;
  readonly template: string;
  /** Undefined where it could not be filled in. */
  readonly value: unknown;
  readonly problem: string | undefined;
}

/** The texts of an action that are templates, each with what it becomes. */
export function templatesOf(
  action: JsonMap,
  preview: ActionPreview | undefined,
  known: readonly Problem[] = [],
): RenderedLeaf[] {
  return leavesOf(action, "", preview?.rendered ?? undefined, preview?.problems ?? known);
}

function leavesOf(part: Json, path: string, rendered: unknown, problems: readonly Problem[]): RenderedLeaf[] {
  if (typeof part === "string") {
    if (!isTemplate(part)) return [];
    const problem = problems.find((each) => each.path === path || each.path.startsWith(`${path}.`));
    return [{ path, template: part, value: rendered, problem: problem?.message }];
  }
  if (isList(part)) {
    return part.flatMap((item, at) => leavesOf(item, `${path}[${at}]`, childOf(rendered, at), problems));
  }
  if (!isMap(part)) return [];
  if (part.get(KIND) === "jinja") {
    return leavesOf(part.get("template") ?? "", path, rendered, problems);
  }
  return [...part].flatMap(([key, item]) =>
    leavesOf(item, path ? `${path}.${key}` : key, childOf(rendered, key), problems),
  );
}

function childOf(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

/** What kind of JSON a value is, in a word. */
export function typeWord(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "object" && !("text" in value) ? "map" : "number";
}

/**
 * The resolution with the templates in the place of what they became, as the cell of the automation shows what is
 * written there. What comes of it all stays filled in.
 */
export function withTemplates(
  explanation: Explanation,
  rendered: JsonObject,
  written: JsonObject,
  layer: string,
  problems: readonly VariableProblem[],
): Explanation {
  const leaves = (explanation.job.leaves ?? []).map((leaf) => {
    const said = leaf.said.map((word) => {
      if (word.layer !== layer) return word;
      const template = writtenAt(written, rendered, leaf.variable, leaf.key ?? undefined, word.value);
      return template === undefined ? word : { ...word, value: template };
    });
    return { ...leaf, said };
  });
  const own = problems
    .filter(({ path }) => path.startsWith("job_variables."))
    .map((problem) => ({ ...problem, path: problem.path.slice("job_variables.".length) }));
  const known = new Set(explanation.errors.map(({ path, message }) => `${path}\n${message}`));
  const added = own.filter(({ path, message }) => !known.has(`${path}\n${message}`));
  // Whose layer it is says the column already.
  const job = { ...explanation.job, leaves, origins: {} };
  return { ...explanation, job, errors: [...explanation.errors, ...added] };
}

/** What is written where a value was filled in; undefined where that has changed meanwhile. */
function writtenAt(
  written: JsonObject,
  rendered: JsonObject,
  variable: string | null | undefined,
  key: string | undefined,
  value: unknown,
): unknown {
  if (!variable) return undefined;
  const at = (from: unknown) => {
    const whole = childOf(from, variable);
    return key === undefined ? whole : childOf(whole, key);
  };
  return same(at(rendered), value) ? at(written) : undefined;
}
