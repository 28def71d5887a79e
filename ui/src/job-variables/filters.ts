import { hasErrors, type Model, type Row } from "./model";
import { oneLine } from "./shown-value";

export interface TableView {
  show: "all" | "changed" | "problems" | "env";
  search: string;
}
export const EVERYTHING: TableView = { show: "all", search: "" };

/** A line of the table: a row, or the heading above the pool's literals. */
export type Line =
  | { kind: "row"; row: Row; depth: 0 | 1; expanded?: boolean; setSize: number; place: number }
  | { kind: "fixed-heading"; count: number; expanded: boolean };

function meets(row: Row, view: TableView): boolean {
  if (view.show === "changed" && !row.changed && !row.draft) return false;
  if (view.show === "problems" && row.problems.length === 0) return false;
  if (view.show === "env" && row.path[0] !== "env") return false;
  return view.search === "" || textOf(row).includes(view.search.toLowerCase());
}

/** What a search looks at: names and values, but not what is masked. */
function textOf(row: Row): string {
  const values = row.sensitive
    ? []
    : row.cells.filter(({ state }) => state === "value").map((cell) => cell.value);
  const words = [row.id, row.declaration?.title ?? "", ...values.map((value) => textOfValue(value))];
  return words.join("\n").toLowerCase();
}

function textOfValue(value: unknown): string {
  return typeof value === "string" ? value : oneLine(value);
}

/**
 * The lines that are to be seen. A group is there for its keys, and open while a filter looks for them; what has an
 * error is never hidden by "changed only".
 */
export function linesOf(model: Model, view: TableView, isOpen: (id: string) => boolean): Line[] {
  const filtered = view.show !== "all" || view.search !== "";
  const kept = model.rows.flatMap((row): { row: Row; children: Row[] }[] => {
    const children = keptChildren(row, view);
    return children.length || meets(row, view) || isWrong(row, view) ? [{ row, children }] : [];
  });
  const lines: Line[] = [];
  kept.forEach(({ row, children }, index) => {
    const expanded = row.kind === "group" ? (filtered && children.length > 0) || isOpen(row.id) : undefined;
    lines.push({
      kind: "row",
      row,
      depth: 0,
      setSize: kept.length,
      place: index + 1,
      ...(expanded === undefined ? {} : { expanded }),
    });
    if (!expanded) return;
    children.forEach((child, place) => {
      lines.push({ kind: "row", row: child, depth: 1, setSize: children.length, place: place + 1 });
    });
  });
  return [...lines, ...fixedLines(model, view, isOpen)];
}

/** A group that is found by its own name brings its keys along. */
function keptChildren(row: Row, view: TableView): Row[] {
  const isNamed = view.search !== "" && meets(row, { show: "all", search: view.search });
  const wanted = isNamed ? { ...view, search: "" } : view;
  return row.children.filter((child) => meets(child, wanted) || isWrong(child, wanted));
}

function isWrong(row: Row, view: TableView): boolean {
  return view.show === "changed" && view.search === "" && hasErrors(row);
}

export const FIXED_GROUP = "job_configuration";

function fixedLines(model: Model, view: TableView, isOpen: (id: string) => boolean): Line[] {
  const rows =
    view.show === "all" || view.show === "problems" ? model.fixed.filter((row) => meets(row, view)) : [];
  if (!rows.length) return [];
  const expanded = view.search !== "" || view.show !== "all" || isOpen(FIXED_GROUP);
  const heading: Line = { kind: "fixed-heading", count: rows.length, expanded };
  if (!expanded) return [heading];
  const lines = rows.map(
    (row, index): Line => ({ kind: "row", row, depth: 1, setSize: rows.length, place: index + 1 }),
  );
  return [heading, ...lines];
}
