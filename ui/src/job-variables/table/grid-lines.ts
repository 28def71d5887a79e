import type { Line } from "../filters";
import { FIXED_GROUP } from "../filters";
import type { Model, Row } from "../model";
import { outwards } from "../paths";

const OPEN_KEYS = 30;

/** Long groups, and what nobody can change, begin closed. */
export function initiallyClosed(model: Model): string[] {
  const long = model.rows.filter((row) => row.children.length > OPEN_KEYS).map(({ id }) => id);
  return [...long, FIXED_GROUP];
}

export function keyOf(line: Line | undefined): string {
  return line?.kind === "row" ? line.row.id : FIXED_GROUP;
}

/** In pixels: below it the table scrolls sideways, or is stacked where the window is narrow. */
export function minWidth(model: Model): number {
  return 372 + model.columns.length * 92;
}

export function allRows(model: Model): Row[] {
  return [...model.rows, ...model.rows.flatMap(({ children }) => children), ...model.fixed];
}

/** The row that a path leads to: its own, else the one that it lies in. */
export function rowIdOf(model: Model, path: string): string | undefined {
  const ids = new Set(allRows(model).map(({ id }) => id));
  return outwards(path.replace(/^variables\.properties\.(?=.)/, "")).find((id) => ids.has(id));
}

/** The group that has to be open for a row to be seen. */
export function groupOf(model: Model, id: string): string {
  const group = model.rows.find(({ children }) => children.some((child) => child.id === id));
  return group?.id ?? (model.fixed.some((row) => row.id === id) ? FIXED_GROUP : id);
}

export function lineOf(lines: readonly Line[], id: string): number {
  return lines.findIndex((line) => line.kind === "row" && line.row.id === id);
}
