// What the server finds wrong with a draft, brought to the part of the page that it is about.
import { ApiError } from "@/lib/api";
import type { Problem } from "@/schema-form/problems";

/** The problems that a refusal tells of; their paths begin with a field of the automation. */
export function problemsOf(error: unknown): Problem[] {
  if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) return [];
  const told = Array.isArray(error.detail) ? error.detail.filter(isProblem) : [];
  // They may be told from where the first of them is, as the field has it in full.
  const place = error.field ?? "";
  const first = told[0]?.path ?? "";
  const stem = place.endsWith(first) ? place.slice(0, place.length - first.length) : "";
  if (told.length) return told.map((each) => ({ ...each, path: bare(stem + each.path) }));
  const message =
    place && error.message.startsWith(`${place}: `) ? error.message.slice(place.length + 2) : error.message;
  return [{ path: bare(place), message, hint: error.hint }];
}

function isProblem(value: unknown): value is Problem {
  const part = value as Partial<Problem> | null;
  return typeof part === "object" && typeof part?.path === "string" && typeof part.message === "string";
}

/** As the form names it: without what the request is wrapped in, and `actions.0.x` as `actions[0].x`. */
const bare = (path: string): string =>
  path
    .replace(/^\$?\.?(?:body\.)?/, "")
    .replace(/^automation(?:\.|$)/, "")
    .replace(/\.(\d+)(?=\.|\[|$)/g, "[$1]");

/** Those below a path, as seen from there. */
export function below(problems: readonly Problem[], path: string): Problem[] {
  return problems.flatMap((problem) => {
    if (problem.path === path) return [{ ...problem, path: "" }];
    const rest = problem.path.startsWith(path) ? problem.path.slice(path.length) : "";
    if (!/^[.[]/.test(rest)) return [];
    return [{ ...problem, path: rest.replace(/^\./, "") }];
  });
}

/** A path as problems have it: `actions[0].job_variables`. */
export function spelled(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    "",
  );
}
