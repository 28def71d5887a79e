// The rows of the resolution table. Pure: from what the server explained, what the pool declares, and what is
// being edited.

import {
  at,
  type Declaration,
  type Explanation,
  isObject,
  type Json,
  type JsonObject,
  type Leaf,
  type MergeRule,
  type Problem,
  same,
} from "./json";
import { ALL_COLUMNS, type Column, columnOf, FIXED } from "./layers";
import { type Lock, lockOf } from "./locks";
import { type Overlay, overlaid } from "./overlay";
import { joinPath, outwards } from "./paths";
import { referenceOf, soundsSecret } from "./references";

export interface Cell {
  column: Column;
  /** Whether the layer says anything here; null of a key that is merged says: take it away. */
  state: "none" | "value" | "removes";
  value?: Json | undefined;
  /** It has the last word. */
  wins: boolean;
  /** A higher layer has the last word. */
  overridden: boolean;
  /** A literal of the pool's `job_configuration` rather than a default. */
  fixed: boolean;
  /** It is another value than the one that is saved. */
  draft: boolean;
}

export interface Effective {
  state: "none" | "value" | "removed";
  value?: Json | undefined;
  /** Who had the last word. */
  layer?: string | undefined;
}

export interface RowProblem extends Problem {
  severity: "error" | "warning";
}

export interface Row {
  /** The path as text. */
  id: string;
  kind: "variable" | "group" | "key" | "fixed";
  path: string[];
  label: string;
  declaration: Declaration | undefined;
  rule: Leaf["rule"];
  cells: Cell[];
  effective: Effective;
  problems: RowProblem[];
  lock: Lock | undefined;
  /** A literal here should not be read over a shoulder. */
  sensitive: boolean;
  undeclared: boolean;
  /** Some layer above the pool speaks of it, or of one of its keys. */
  changed: boolean;
  draft: boolean;
  /** The keys of a group. */
  children: Row[];
}

export interface Model {
  columns: readonly Column[];
  /** Variables in the order of the template, then what it does not declare. */
  rows: Row[];
  /** Literals of `job_configuration`. */
  fixed: Row[];
  /** What belongs to no row. */
  problems: RowProblem[];
  errorCount: number;
  warningCount: number;
  changedCount: number;
  draftCount: number;
}

export interface Editing {
  layer: string;
  /** What the layer says now. */
  variables: JsonObject;
  /** What of it is saved; what differs is marked as a draft. */
  saved?: JsonObject | undefined;
}

export interface ModelInput {
  explanation: Explanation;
  declarations?: readonly Declaration[] | undefined;
  columns?: readonly Column[] | undefined;
  editing?: Editing | undefined;
}

export function buildModel(input: ModelInput): Model {
  const builder = new Builder(input);
  const rows = builder.variableRows();
  const fixed = builder.fixedRows();
  const problems = placeProblems(input.explanation, [...rows, ...fixed]);
  const leaves = rows.flatMap((row) => (row.kind === "group" ? row.children : [row]));
  const all = [
    ...problems,
    ...[...rows, ...rows.flatMap((row) => row.children), ...fixed].flatMap((r) => r.problems),
  ];
  return {
    columns: builder.columns,
    rows,
    fixed,
    problems,
    errorCount: all.filter(({ severity }) => severity === "error").length,
    warningCount: all.filter(({ severity }) => severity === "warning").length,
    changedCount: leaves.filter((row) => row.changed).length,
    draftCount: leaves.filter((row) => row.draft).length,
  };
}

/** How each variable's layers come together. */
export function rulesOf(declarations: readonly Declaration[], leaves: readonly Leaf[] = []) {
  const rules = new Map<string, MergeRule>([["env", "keys"]]);
  for (const leaf of leaves) {
    if (leaf.variable && leaf.rule !== "fixed") rules.set(leaf.variable, leaf.rule);
  }
  for (const { name, merge } of declarations) rules.set(name, merge);
  rules.set("env", "keys");
  return (variable: string): MergeRule => rules.get(variable) ?? "replace";
}

class Builder {
  readonly columns: readonly Column[];
  private readonly leaves: Leaf[];
  private readonly declarations: Map<string, Declaration>;
  private readonly ruleOf: (variable: string) => MergeRule;

  constructor(private readonly input: ModelInput) {
    this.columns = input.columns ?? ALL_COLUMNS;
    const leaves = input.explanation.job.leaves ?? [];
    const declarations = input.declarations ?? [];
    this.declarations = new Map(declarations.map((declaration) => [declaration.name, declaration]));
    this.ruleOf = rulesOf(declarations, leaves);
    this.leaves = this.edited(leaves);
  }

  private edited(leaves: Leaf[]): Leaf[] {
    const { editing } = this.input;
    if (!editing) return leaves;
    const overlay: Overlay = { ...editing, columns: this.columns, ruleOf: this.ruleOf };
    return overlaid(leaves, overlay);
  }

  variableRows(): Row[] {
    const byVariable = new Map<string, Leaf[]>();
    for (const name of this.declarations.keys()) byVariable.set(name, []);
    if (!byVariable.has("env") && this.leaves.some((leaf) => leaf.variable === "env"))
      byVariable.set("env", []);
    for (const leaf of this.leaves) {
      if (!leaf.variable || leaf.rule === "fixed") continue;
      const leaves = byVariable.get(leaf.variable);
      if (leaves) leaves.push(leaf);
      else byVariable.set(leaf.variable, [leaf]);
    }
    return [...byVariable].map(([name, leaves]) => this.variable(name, leaves));
  }

  fixedRows(): Row[] {
    return this.leaves
      .filter((leaf) => leaf.rule === "fixed")
      .map((leaf) => this.row(leaf, [leaf.path], "fixed", leaf.path.replace(/^job_configuration\./, "")));
  }

  private variable(name: string, leaves: Leaf[]): Row {
    const whole = leaves.find((leaf) => leaf.key === undefined || leaf.key === null);
    if (this.ruleOf(name) !== "keys" || whole) return this.row(whole, [name], "variable", name);
    const children = leaves.map((leaf) => {
      const key = leaf.key ?? "";
      return this.row(leaf, [name, key], "key", key);
    });
    return {
      ...this.row(undefined, [name], "group", name),
      rule: "keys",
      changed: children.some((child) => child.changed),
      draft: children.some((child) => child.draft),
      children,
    };
  }

  private row(leaf: Leaf | undefined, path: string[], kind: Row["kind"], label: string): Row {
    const [variable = "", key] = path;
    const declaration = kind === "fixed" ? undefined : this.declarations.get(variable);
    const cells = this.columns.map((column) => this.cell(leaf, column, path, kind));
    return {
      id: kind === "fixed" ? (path[0] ?? "") : joinPath(path),
      kind,
      path,
      label,
      declaration,
      rule: leaf?.rule ?? this.ruleOf(variable),
      cells,
      effective: effectiveOf(leaf),
      problems: [],
      lock: kind === "fixed" ? undefined : lockOf(declaration, key),
      sensitive: declaration?.secret === true || soundsSecret(key ?? variable),
      undeclared:
        kind !== "fixed" && declaration === undefined && this.declarations.size > 0 && variable !== "env",
      changed: cells.some(({ column, state }) => column.layer !== "pool" && state !== "none"),
      draft: cells.some((cell) => cell.draft),
      children: [],
    };
  }

  private cell(leaf: Leaf | undefined, column: Column, path: string[], kind: Row["kind"]): Cell {
    const words = leaf?.said.filter((word) => columnOf(word.layer) === column.layer) ?? [];
    const said = words.at(-1);
    const removes = said !== undefined && leaf?.rule === "keys" && said.value === null && kind === "key";
    const wins = said !== undefined && leaf?.layer !== undefined && columnOf(leaf.layer) === column.layer;
    return {
      column,
      state: said === undefined ? "none" : removes ? "removes" : "value",
      ...(said === undefined ? {} : { value: said.value as Json }),
      wins,
      // What a list is appended to is not overridden.
      overridden: said !== undefined && !wins && leaf?.rule !== "append",
      fixed: said?.layer === FIXED,
      draft: kind !== "fixed" && kind !== "group" && this.isDraft(column, path),
    };
  }

  private isDraft(column: Column, [name = "", key]: string[]): boolean {
    const { editing } = this.input;
    if (!editing?.saved || editing.layer !== column.layer) return false;
    const [before, after] = [at(editing.saved, name), at(editing.variables, name)];
    if (key === undefined) return !same(before, after);
    return !same(
      isObject(before) ? at(before, key) : undefined,
      isObject(after) ? at(after, key) : undefined,
    );
  }
}

function effectiveOf(leaf: Leaf | undefined): Effective {
  if (!leaf) return { state: "none" };
  if (leaf.value === undefined) return { state: "removed", layer: leaf.layer };
  return { state: "value", value: leaf.value as Json, layer: leaf.layer };
}

/** Hands each problem to the row that it speaks of; the others come back. */
function placeProblems({ errors, job }: Explanation, rows: readonly Row[]): RowProblem[] {
  const byId = new Map(rows.flatMap((row) => [row, ...row.children]).map((row) => [row.id, row]));
  const rest: RowProblem[] = [];
  const all: RowProblem[] = [
    ...errors.map((problem) => ({ ...problem, severity: "error" as const })),
    ...(job.warnings ?? []).map((problem) => ({ ...problem, severity: "warning" as const })),
  ];
  for (const problem of all) {
    const path = problem.path.replace(/^variables\.properties\.(?=.)/, "");
    const row = outwards(path)
      .map((text) => byId.get(text))
      .find((found) => found !== undefined);
    (row?.problems ?? rest).push(problem);
  }
  return rest;
}

export function hasErrors(row: Row): boolean {
  return row.problems.some(({ severity }) => severity === "error");
}

export function isSecretReference(value: unknown): boolean {
  return referenceOf(value)?.kind === "secret";
}
