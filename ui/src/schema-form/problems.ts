// What the server finds wrong, brought to the fields that it is about.
import type { Path } from "./edit";

export interface Problem {
  /** `config.retries[0]`, `labels['a b']`; empty for all of it. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string | null | undefined;
  /** `required`, `type`, … */
  readonly rule?: string | undefined;
}

export interface ProblemTree {
  readonly own: readonly Problem[];
  readonly below: ReadonlyMap<string | number, ProblemTree>;
  readonly count: number;
}

const STEP = /\.?([^.[\]']+)|\[(\d+)\]|\['((?:[^']|'(?!\]))*)'\]/y;

/** The steps of a path as the server writes it. A first name may hold dots, as it stands unquoted there. */
export function parsePath(text: string, names: Iterable<string> = []): Path {
  for (const name of names) if (name === text) return [name];
  const steps: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const found = STEP.exec(text);
    if (!found) return steps.length ? steps : [text];
    const [, plain, index, quoted] = found;
    steps.push(index === undefined ? (plain ?? quoted ?? "") : Number(index));
  }
  return steps;
}

/** The problems by the steps of their paths. Branches that say what they said before are those from before. */
export function problemTree(
  problems: readonly Problem[],
  names: Iterable<string> = [],
  before?: ProblemTree,
): ProblemTree | undefined {
  const known = [...names];
  return grown(
    problems.map((problem) => ({ problem, path: parsePath(problem.path, known) })),
    0,
    before,
  );
}

interface Placed {
  problem: Problem;
  path: Path;
}

function grown(placed: readonly Placed[], depth: number, before?: ProblemTree): ProblemTree | undefined {
  if (!placed.length) return undefined;
  const own = placed.filter(({ path }) => path.length === depth).map(({ problem }) => problem);
  const groups = new Map<string | number, Placed[]>();
  for (const each of placed) {
    const step = each.path[depth];
    if (step !== undefined) groups.set(step, [...(groups.get(step) ?? []), each]);
  }
  const below = new Map<string | number, ProblemTree>();
  for (const [step, group] of groups) {
    const tree = grown(group, depth + 1, before?.below.get(step));
    if (tree) below.set(step, tree);
  }
  return before && isSame(before, own, below) ? before : { own, below, count: placed.length };
}

function isSame(before: ProblemTree, own: readonly Problem[], below: ProblemTree["below"]): boolean {
  return (
    before.own.length === own.length &&
    before.own.every(
      (each, index) => each.message === own[index]?.message && each.hint === own[index]?.hint,
    ) &&
    before.below.size === below.size &&
    [...below].every(([step, tree]) => before.below.get(step) === tree)
  );
}

/** Every problem of a branch. */
export function allOf(tree: ProblemTree | undefined): Problem[] {
  return tree ? [...tree.own, ...[...tree.below.values()].flatMap(allOf)] : [];
}

/** A field's own problems, and those below it that no field of its own shows. */
export function shownAt(tree: ProblemTree | undefined, drawn: ReadonlySet<string | number>): Problem[] {
  if (!tree) return [];
  return [
    ...tree.own,
    ...[...tree.below].filter(([step]) => !drawn.has(step)).flatMap(([, each]) => allOf(each)),
  ];
}

export function tell({ message, hint }: Problem): string {
  return hint ? `${message} ${hint}` : message;
}
