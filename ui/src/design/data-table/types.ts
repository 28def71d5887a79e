import type { ReactNode } from "react";

export type CellValue = string | number | boolean | null | undefined;

export interface Column<T> {
  /** In addresses, stored choices and exports: keep it. */
  id: string;
  /** The head of the column, also in the column chooser and the export. */
  header: string;
  /** Explains the head. */
  hint?: string | undefined;
  cell: (row: T) => ReactNode;
  /** What is exported, and compared when the browser sorts. */
  value?: ((row: T) => CellValue) | undefined;
  sortable?: boolean | undefined;
  /** What the first click sorts by; "desc" suits times and counts. */
  firstDirection?: Sort["direction"] | undefined;
  align?: "left" | "right" | undefined;
  /** Pixels; a column without it takes what is left, at least `minWidth`. */
  width?: number | undefined;
  minWidth?: number | undefined;
  /** More than one line. */
  wrap?: boolean | undefined;
  /** Not shown until somebody chooses it. */
  hidden?: boolean | undefined;
  /** Cannot be hidden. */
  required?: boolean | undefined;
}

export interface Sort {
  column: string;
  direction: "asc" | "desc";
}

/** What is selected: these rows, or every row that the filter matches, loaded or not. */
export interface Selection {
  ids: ReadonlySet<string>;
  all: boolean;
}

export const NOTHING_SELECTED: Selection = { ids: new Set(), all: false };

export interface DataTableProps<T> {
  /** Names the table for stored choices of columns and for exported files: "runs". */
  id: string;
  /** Says what it lists, for screen readers. */
  label: string;
  columns: readonly Column<T>[];
  /** `undefined` until the first answer. */
  rows: readonly T[] | undefined;
  rowId: (row: T) => string;
  /** How many there are in all, where that is known. */
  total?: number | undefined;
  /** "run": said with counts. */
  noun?: string | undefined;

  error?: unknown;
  onRetry?: (() => unknown) | undefined;
  /** The rows are those of the question before: shown, but dimmed. */
  stale?: boolean | undefined;
  /** Shown when there are no rows: an EmptyState. */
  empty?: ReactNode;

  sort?: Sort | undefined;
  /** The server sorts; without it the browser sorts what is loaded. */
  onSort?: ((sort: Sort) => void) | undefined;

  hasMore?: boolean | undefined;
  loadingMore?: boolean | undefined;
  onLoadMore?: (() => unknown) | undefined;

  selection?: Selection | undefined;
  onSelectionChange?: ((selection: Selection) => void) | undefined;
  /** Buttons shown while something is selected. */
  bulkActions?: ReactNode;

  /** Left of the buttons for columns and export: filters, counts. */
  toolbar?: ReactNode;
  /** No toolbar at all: small tables inside cards. */
  bare?: boolean | undefined;
  /** "page": scrolls inside, as high as the window allows; "auto": as high as its rows (those below 100). */
  height?: "page" | "auto" | undefined;
  /** Classes for a row: what needs attention. */
  rowClass?: ((row: T) => string | undefined) | undefined;
  /** Keys j, k, x and Enter; off where a page has several tables. */
  keys?: boolean | undefined;
  /** From more rows than that only those in view are in the document; 100 unless rows are rich. */
  virtualFrom?: number | undefined;
}
