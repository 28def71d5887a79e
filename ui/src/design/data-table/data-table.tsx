import { useCallback, useEffect, useRef, useState } from "react";
import { Banner } from "../banner";
import { Button } from "../button";
import { cx } from "../cx";
import { EmptyState } from "../empty-state";
import { ErrorState, errorFacts } from "../error-state";
import { Body } from "./body";
import { Head } from "./head";
import { LoadMore } from "./load-more";
import { LoadingRows } from "./loading-rows";
import { headState, ranged, toggled } from "./selection";
import { SelectionBar } from "./selection-bar";
import { Toolbar } from "./toolbar";
import { type Column, type DataTableProps, NOTHING_SELECTED } from "./types";
import { useAvailableHeight } from "./use-available-height";
import { useTableModel } from "./use-table-model";

const CHECK_WIDTH = 40;
const DEFAULT_MIN = 140;

/** The one table of the UI. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { id, label, total, noun = "row", error, stale, selection, onSelectionChange } = props;
  const model = useTableModel(props);
  // State, not a ref: what is inside has to know as soon as it is there.
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const height = useAvailableHeight(scroller, (props.height ?? "page") === "page");
  const { select, ids } = useRowSelection(props, model.rows);
  const selects = onSelectionChange !== undefined;
  const isSelecting = selection !== undefined && (selection.all || selection.ids.size > 0);
  const failed = error !== undefined && error !== null;
  const isEmpty = props.rows !== undefined && model.rows.length === 0;

  if (failed && props.rows === undefined) return <ErrorState error={error} onRetry={props.onRetry} />;
  const toolbar = props.bare ? null : isSelecting && onSelectionChange ? (
    <SelectionBar
      selection={selection}
      onChange={onSelectionChange}
      loaded={ids.length}
      total={total}
      more={props.hasMore ?? false}
      noun={noun}
      actions={props.bulkActions}
    />
  ) : (
    <Toolbar
      id={id}
      columns={props.columns}
      shown={model.columns}
      rows={model.rows}
      hidden={model.hidden}
      onHide={model.setHidden}
    >
      {props.toolbar}
    </Toolbar>
  );
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {toolbar}
      {failed ? (
        <Banner
          tone="danger"
          title="What is shown may be old."
          actions={
            props.onRetry ? (
              <Button size="small" onClick={() => props.onRetry?.()}>
                Retry
              </Button>
            ) : null
          }
        >
          {errorFacts(error).message}
        </Banner>
      ) : null}
      <div
        ref={setScroller}
        style={height === undefined ? {} : { maxHeight: height }}
        className={cx(
          "relative min-w-0 overflow-auto bg-surface",
          props.bare ? "" : "rounded-lg border border-line shadow-card",
        )}
      >
        <table
          aria-label={label}
          aria-rowcount={props.hasMore && total === undefined ? -1 : (total ?? model.rows.length) + 1}
          aria-busy={stale || props.rows === undefined || undefined}
          style={{ minWidth: minWidth(model.columns, selects) }}
          className={cx(
            "w-full table-fixed border-separate border-spacing-0",
            stale && "opacity-60 transition-opacity",
          )}
        >
          <colgroup>
            {selects ? <col style={{ width: CHECK_WIDTH }} /> : null}
            {model.columns.map((column) => (
              <col key={column.id} style={column.width === undefined ? {} : { width: column.width }} />
            ))}
          </colgroup>
          <Head
            columns={model.columns}
            sort={model.sort}
            onSort={model.setSort}
            checked={selects ? headState(selection ?? NOTHING_SELECTED, ids) : undefined}
            onCheck={(all) => onSelectionChange?.(all ? { ids: new Set(ids), all: false } : NOTHING_SELECTED)}
          />
          {props.rows === undefined ? (
            <LoadingRows columns={model.columns.length + (selects ? 1 : 0)} />
          ) : (
            <Body
              rows={model.rows}
              ids={ids}
              columns={model.columns}
              selection={selects ? (selection ?? NOTHING_SELECTED) : undefined}
              onSelect={select}
              rowClass={props.rowClass}
              scroller={scroller}
              keys={props.keys ?? true}
              virtualFrom={props.virtualFrom}
            />
          )}
        </table>
        {isEmpty ? (
          <div className="sticky left-0">{props.empty ?? <EmptyState title={`No ${noun}s`} compact />}</div>
        ) : null}
        {model.rows.length > 0 && !(props.bare && !props.hasMore) ? (
          <LoadMore
            loaded={model.rows.length}
            total={total}
            noun={noun}
            hasMore={props.hasMore ?? false}
            loading={props.loadingMore ?? false}
            onLoadMore={props.onLoadMore}
          />
        ) : null}
      </div>
    </div>
  );
}

function minWidth<T>(columns: readonly Column<T>[], selects: boolean): number {
  const widths = columns.map((column) => column.width ?? column.minWidth ?? DEFAULT_MIN);
  return widths.reduce((sum, width) => sum + width, selects ? CHECK_WIDTH : 0);
}

/** Stable callbacks over what changes, so that rows need not be drawn again. */
function useRowSelection<T>(props: DataTableProps<T>, rows: readonly T[]) {
  const { selection = NOTHING_SELECTED, onSelectionChange, rowId } = props;
  const ids = rows.map(rowId);
  const latest = useRef({ selection, onSelectionChange, ids });
  useEffect(() => {
    latest.current = { selection, onSelectionChange, ids };
  });
  const last = useRef<string>(undefined);
  const select = useCallback((id: string, range: boolean) => {
    const now = latest.current;
    const from = last.current;
    last.current = id;
    now.onSelectionChange?.(
      range && from !== undefined
        ? ranged(now.selection, from, id, now.ids)
        : toggled(now.selection, id, now.ids),
    );
  }, []);
  return { select, ids };
}
