import type { InfiniteData } from "@tanstack/react-query";
import type { RunPage, RunRow, RunSort } from "./queries";

export type Pages = InfiniteData<RunPage, string | null>;

/** The rows of all pages, each once: one that moved while pages were read is where it was first. */
export function rowsOf(pages: Pages | undefined): RunRow[] | undefined {
  if (!pages) return undefined;
  const seen = new Set<string>();
  return pages.pages.flatMap(({ rows }) => rows).filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** The pages with rows as they are now, at their places; those of `asked` that were not found are gone. */
export function withChanged(pages: Pages, asked: ReadonlySet<string>, now: readonly RunRow[]): Pages {
  const found = new Map(now.map((row) => [row.id, row]));
  let removed = 0;
  const changed = pages.pages.map((page) => {
    if (!page.rows.some(({ id }) => asked.has(id))) return page;
    const rows = page.rows.flatMap((row) => {
      if (!asked.has(row.id)) return [row];
      const next = found.get(row.id);
      if (next === undefined) removed += 1;
      return next ? [next] : [];
    });
    return { ...page, rows };
  });
  return counted({ ...pages, pages: changed }, -removed);
}

/** The pages with rows that came, each where the order has it. Only for the order by expected start, newest first. */
export function withNew(pages: Pages, fresh: readonly RunRow[]): Pages {
  const [first, ...rest] = pages.pages;
  if (!first) return pages;
  const known = new Set(rowsOf(pages)?.map(({ id }) => id));
  const added = fresh.filter(({ id }) => !known.has(id));
  if (added.length === 0) return pages;
  const rows = [...added, ...first.rows].sort(newestFirst);
  return counted({ ...pages, pages: [{ ...first, rows }, ...rest] }, added.length);
}

function newestFirst(a: RunRow, b: RunRow): number {
  const [one = "", other = ""] = [a.expected_start_time ?? "", b.expected_start_time ?? ""];
  return other.localeCompare(one) || b.id.localeCompare(a.id);
}

function counted(pages: Pages, by: number): Pages {
  const [first, ...rest] = pages.pages;
  if (by === 0 || !first || first.count === null) return pages;
  return { ...pages, pages: [{ ...first, count: first.count + by }, ...rest] };
}

/** Whether a run stands above the last one that is loaded; below it, it comes with the page that it is on. */
export function isWithin(row: RunRow, rows: readonly RunRow[], isComplete: boolean): boolean {
  const last = rows.at(-1);
  return isComplete || last === undefined || newestFirst(row, last) < 0;
}

export interface ListSort {
  column: string;
  direction: "asc" | "desc";
}

const SORTS: Record<string, Partial<Record<ListSort["direction"], RunSort>>> = {
  expected: { desc: "EXPECTED_START_TIME_DESC", asc: "EXPECTED_START_TIME_ASC" },
  start: { desc: "START_TIME_DESC", asc: "START_TIME_ASC" },
  name: { asc: "NAME_ASC", desc: "NAME_DESC" },
  end: { desc: "END_TIME_DESC" },
};
export const DEFAULT_SORT: ListSort = { column: "expected", direction: "desc" };

export function sortOf({ column, direction }: ListSort): RunSort {
  return SORTS[column]?.[direction] ?? "EXPECTED_START_TIME_DESC";
}

/** "-expected" ⇄ the order; what the address says of it. */
export function readSort(text: string): ListSort {
  const column = text.replace(/^-/, "");
  const direction = text.startsWith("-") ? "desc" : "asc";
  return SORTS[column]?.[direction] ? { column, direction } : DEFAULT_SORT;
}

/** Nothing for the order that goes without saying, and for one that the server does not know. */
export function writeSort({ column, direction }: ListSort): string | undefined {
  const isDefault = column === DEFAULT_SORT.column && direction === DEFAULT_SORT.direction;
  if (isDefault || !SORTS[column]?.[direction]) return undefined;
  return direction === "desc" ? `-${column}` : column;
}
