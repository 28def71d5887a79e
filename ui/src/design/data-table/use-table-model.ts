import {
  columnVisibilityFeature,
  createSortedRowModel,
  type RowData,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useMemo, useState } from "react";
import { readStored, writeStored } from "@/lib/storage";
import type { CellValue, Column, DataTableProps, Sort } from "./types";

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Numbers by size, text as people sort it ("job-2" before "job-10"), nothing at the end. */
export function compare(a: CellValue, b: CellValue): number {
  const missing = Number(a === null || a === undefined) - Number(b === null || b === undefined);
  if (missing !== 0 || a === null || a === undefined || b === null || b === undefined) return missing;
  if (typeof a === "string" && typeof b === "string") return collator.compare(a, b);
  return Number(a) - Number(b);
}

type Options<T> = Pick<DataTableProps<T>, "id" | "columns" | "rows" | "rowId" | "sort" | "onSort">;
const NONE: never[] = [];

/** Columns that are shown, rows in their order, and how to change both. */
export function useTableModel<T>({ id, columns, rows, rowId, sort, onSort }: Options<T>) {
  const [hidden, setHidden] = useHiddenColumns(id, columns);
  const [ownSort, setOwnSort] = useState<Sort | undefined>(sort);
  const sortedBy = onSort ? sort : ownSort;
  const defs = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: RowData) => column.value?.(row as T) ?? undefined,
        enableSorting: Boolean(column.sortable),
        sortUndefined: "last" as const,
        sortFn: (a: { getValue: (id: string) => unknown }, b: { getValue: (id: string) => unknown }) =>
          compare(a.getValue(column.id) as CellValue, b.getValue(column.id) as CellValue),
      })),
    [columns],
  );
  const hiddenNames = [...hidden].join(" ");
  const columnVisibility = useMemo(
    () => Object.fromEntries(hiddenNames.split(" ").map((each) => [each, false])),
    [hiddenNames],
  );
  const sorting = useMemo(
    () => (sortedBy ? [{ id: sortedBy.column, desc: sortedBy.direction === "desc" }] : NONE),
    [sortedBy],
  );
  const table = useTable({
    features,
    columns: defs,
    data: (rows ?? NONE) as readonly RowData[],
    getRowId: (row) => rowId(row as T),
    manualSorting: onSort !== undefined,
    state: { columnVisibility, sorting },
  });
  const visible = table.getVisibleLeafColumns();
  const shown = useMemo(() => {
    const byId = new Map(columns.map((column) => [column.id, column]));
    return visible.flatMap((column) => byId.get(column.id) ?? []);
  }, [columns, visible]);
  return {
    columns: shown,
    rows: table.getRowModel().rows.map((row) => row.original as T),
    sort: sortedBy,
    setSort: onSort ?? setOwnSort,
    hidden,
    setHidden,
  };
}

function useHiddenColumns<T>(id: string, columns: readonly Column<T>[]) {
  const [chosen, setChosen] = useState<Record<string, boolean>>(() => {
    const stored = readStored(`columns.${id}`);
    return stored && typeof stored === "object" ? (stored as Record<string, boolean>) : {};
  });
  const isHidden = (column: Column<T>) => !column.required && (chosen[column.id] ?? Boolean(column.hidden));
  const hidden = new Set(columns.filter(isHidden).map((column) => column.id));
  const setHidden = (column: string, hide: boolean) => {
    const next = { ...chosen, [column]: hide };
    setChosen(next);
    writeStored(`columns.${id}`, next);
  };
  return [hidden, setHidden] as const;
}
