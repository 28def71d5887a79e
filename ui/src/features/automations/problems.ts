// What is wrong with a draft, brought to the part of the page that it is about.
import type { Problem } from "@/schema-form/problems";

/** What is told here, and what the server says of other places. */
export function withTold(own: readonly Problem[], told: readonly Problem[]): Problem[] {
  const isSaid = ({ path }: Problem) => path !== "" && below(own, path).length > 0;
  return [...own, ...told.filter((each) => !isSaid(each))];
}

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
