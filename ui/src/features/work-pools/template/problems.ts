// What the server says of a template, brought to its place: a variable, the job, or all of it.
import { type JsonMap, printJson } from "@/lib/exact-json";
import { parsePath } from "@/schema-form/problems";
import type { Problem } from "../queries";
import { locate } from "./locate";
import { at, JOB, type Path, PROPERTIES, propertiesOf, VARIABLES } from "./parts";

export interface Placed {
  readonly problem: Problem;
  readonly severity: "error" | "warning";
  /** In the template. */
  readonly path: Path;
  /** The row that it is about. */
  readonly variable: string | undefined;
  readonly isInJob: boolean;
}

export function placed(problem: Problem, template: JsonMap, severity: Placed["severity"] = "error"): Placed {
  const names = [...propertiesOf(template).keys()];
  const steps = parsePath(problem.path, names);
  const [first] = steps;
  if (first === JOB && !names.includes(JOB)) {
    return { problem, severity, path: steps, variable: undefined, isInJob: true };
  }
  if (first === VARIABLES && !names.includes(VARIABLES)) {
    const name = steps[1] === PROPERTIES ? steps[2] : undefined;
    return { problem, severity, path: steps, variable: known(name, names), isInJob: false };
  }
  const name = known(first, names);
  if (name === undefined) return { problem, severity, path: [], variable: undefined, isInJob: false };
  const inDefault: Path = [VARIABLES, PROPERTIES, name, "default", ...steps.slice(1)];
  const path = at(template, inDefault) === undefined ? inDefault.slice(0, 3) : inDefault;
  return { problem, severity, path, variable: name, isInJob: false };
}

const known = (name: string | number | undefined, names: readonly string[]): string | undefined =>
  typeof name === "string" && names.includes(name) ? name : undefined;

/** As marks of an editor that shows what is at `root`. */
export function marksIn(text: string, root: Path, all: readonly Placed[]) {
  return all
    .filter(({ path }) => root.every((step, index) => path[index] === step))
    .flatMap(({ path, problem, severity }) => {
      const span = locate(text, path.slice(root.length));
      return span
        ? [{ ...span, severity, message: [problem.message, problem.hint].filter(Boolean).join(" ") }]
        : [];
    });
}

/** The name in "{{ NAME }} is not declared". */
export const isUndeclared = ({ problem }: Placed): boolean => problem.rule === "undeclared";

export const sameTemplate = (a: JsonMap, b: JsonMap): boolean => printJson(a) === printJson(b);
