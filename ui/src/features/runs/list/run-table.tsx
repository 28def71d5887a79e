import type { ReactNode } from "react";
import { DataTable } from "@/design/data-table/data-table";
import { pageProps } from "@/design/data-table/pages";
import type { RowSelection } from "@/design/data-table/selection";
import type { Column } from "@/design/data-table/types";
import { count, plural } from "@/lib/format";
import { useBulkActions } from "./bulk/bulk-actions";
import { MAX_COUNTED, type RunRow } from "./queries";
import type { ListSort } from "./rows";
import type { RunListData } from "./use-run-list";

/** Rows beyond these are in the document only while they are in view. */
const VIRTUAL_FROM = 24;

export interface RunTableProps {
  /** Under which the columns that were hidden are remembered. */
  id: string;
  /** The whole filter, as text: what a bulk action of "all that match" is about. */
  text: string;
  list: RunListData;
  columns: Column<RunRow>[];
  sort: ListSort;
  onSort: (sort: ListSort) => void;
  selection: RowSelection;
  empty: ReactNode;
  /** Said beside how many there are. */
  children?: ReactNode;
}

/** Runs that a filter found, how many there are, and what can be done with those that are selected. */
export function RunTable(props: RunTableProps) {
  const { id, text, list, columns, sort, onSort, empty, children } = props;
  const { selection, onSelectionChange, clear } = props.selection;
  const bulk = useBulkActions({
    selection,
    rows: list.rows ?? [],
    total: list.total,
    text,
    onFinished: () => {
      clear();
      void list.refresh();
    },
  });
  return (
    <>
      <DataTable
        id={id}
        label="Runs"
        noun="run"
        virtualFrom={VIRTUAL_FROM}
        columns={columns}
        rows={list.rows}
        rowId={(run) => run.id}
        total={list.total}
        sort={sort}
        onSort={onSort}
        {...pageProps(list)}
        selection={selection}
        onSelectionChange={onSelectionChange}
        bulkActions={bulk.buttons}
        empty={empty}
        toolbar={
          <div className="flex min-h-control flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
            <p role="status" className="tabular-nums">
              {howMany(list)}
            </p>
            {children}
          </div>
        }
      />
      {bulk.dialogs}
    </>
  );
}

function howMany({ rows, isMore, total }: RunListData): string {
  if (rows === undefined) return "";
  if (isMore) return `${count(MAX_COUNTED)}+ runs`;
  return total === undefined ? "" : plural(total, "run");
}
