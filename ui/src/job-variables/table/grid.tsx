import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type ClipboardEvent, type CSSProperties, useCallback, useMemo, useRef, useState } from "react";
import { cx } from "@/design/cx";
import { CellEditor } from "../editor/cell-editor";
import { FIXED_GROUP, type Line, linesOf, type TableView } from "../filters";
import type { Model, Row } from "../model";
import type { ResolutionTableProps } from "../resolution-table";
import { cellActions } from "./cell-actions";
import { FixedHeading } from "./fixed-heading";
import { GridHead } from "./grid-head";
import { allRows, groupOf, initiallyClosed, keyOf, minWidth, rowIdOf } from "./grid-lines";
import { NothingFound } from "./nothing-found";
import { TableRow } from "./row";
import { RowPopover } from "./row-popover";
import { useCellEdit } from "./use-cell-edit";
import { type ActiveCell, useGrid } from "./use-grid";
import { useTarget } from "./use-target";

export interface GridProps extends ResolutionTableProps {
  model: Model;
  view: TableView;
  /** Shows everything again. */
  onAll: () => void;
  onAdd: ((into: string) => void) | undefined;
  onPaste: ((text: string) => void) | undefined;
}

const ROW_HEIGHT = 37;
const NO_ORIGINS: Record<string, string> = {};

/** The table's body: a tree grid of which only what is in view is in the document. */
export function Grid(props: GridProps) {
  const { model, view, editing, explanation, target } = props;
  const root = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => new Set(initiallyClosed(model)));
  const lines = useMemo(() => linesOf(model, view, (id) => !closed.has(id)), [model, view, closed]);
  const toggle = useCallback((id: string, open: boolean) => {
    setClosed((before) => {
      const after = new Set(before);
      if (open) after.delete(id);
      else after.add(id);
      return after;
    });
  }, []);

  const { open, edit, look, close, anchor } = useCellEdit(root, editing);
  const actions = cellActions({
    editing,
    promotes: props.onPromote ? "run" : undefined,
    onPromote: props.onPromote,
    onHistory: props.history ? (row) => look(row, "history") : undefined,
    onEditCell: edit,
    onAddKey: props.onAdd ? (row) => props.onAdd?.(row.label) : undefined,
  });

  const activeLine = useRef(0);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => root.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    getItemKey: (index) => keyOf(lines[index]),
    scrollPaddingStart: 36,
    // What has the focus stays in the document, or the focus would be lost by scrolling.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeLine.current])]
        .filter((i) => i < range.count)
        .sort((a, b) => a - b),
  });

  const activate = (line: Line | undefined, column: number) => {
    if (!line || column > model.columns.length + 1) return;
    if (line.kind === "fixed-heading") return toggle(FIXED_GROUP, !line.expanded);
    const { row } = line;
    const cell = row.cells[column - 1];
    if (row.kind === "group" && column === 0) toggle(row.id, !line.expanded);
    else if (cell && actions.isEditable(row, cell))
      row.kind === "group" ? props.onAdd?.(row.label) : edit(row, cell);
    else if (row.kind !== "group") look(row, "value", column);
    else toggle(row.id, !line.expanded);
  };
  const rowAt = (cell: ActiveCell) => {
    const line = lines[cell.line];
    return line?.kind === "row" ? line.row : undefined;
  };
  const grid = useGrid({
    root,
    lines: lines.length,
    columns: model.columns.length + 3,
    scrollTo: (line) => virtualizer.scrollToIndex(line),
    onExpand: (index, expand) => {
      const line = lines[index];
      const id = line?.kind === "row" ? line.row.id : FIXED_GROUP;
      if (!line || (line.kind === "row" && line.row.kind !== "group") || line.expanded === expand)
        return false;
      toggle(id, expand);
      return true;
    },
    onActivate: (cell) => activate(lines[cell.line], cell.column),
    onReset: (cell) => {
      const row = rowAt(cell);
      if (row) actions.onReset(row);
    },
    onUnset: (cell) => {
      const row = rowAt(cell);
      if (row) actions.onUnset(row);
    },
  });
  activeLine.current = grid.active.line;

  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData("text/plain");
    const isField = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
    if (!props.onPaste || isField || !text.trim()) return;
    event.preventDefault();
    props.onPaste(text);
  };

  const { focus } = grid;
  const highlighted = useTarget(
    target && { id: rowIdOf(model, target.id), at: target.at },
    lines,
    (line) => {
      virtualizer.scrollToIndex(line, { align: "center" });
      focus({ line, column: 0 });
    },
    (id) => (closed.has(groupOf(model, id)) ? toggle(groupOf(model, id), true) : props.onAll()),
  );

  const gridStyle = {
    "--jv-columns": `minmax(9rem,1.3fr) repeat(${model.columns.length},minmax(5.75rem,1fr)) minmax(12rem,1.6fr) 2.25rem`,
  } as CSSProperties;
  return (
    <div
      ref={root}
      role="treegrid"
      aria-label={props.label}
      aria-rowcount={lines.length + 1}
      aria-colcount={model.columns.length + 3}
      aria-busy={props.stale || undefined}
      data-testid="resolution-table"
      style={gridStyle}
      onKeyDown={grid.onKeyDown}
      onPaste={onPaste}
      className={cx(
        "relative max-h-[max(30rem,calc(100dvh-15rem))] min-w-0 overflow-auto rounded-lg border border-line bg-surface shadow-card",
        "overscroll-contain",
      )}
    >
      <GridHead
        minWidth={minWidth(model)}
        columns={model.columns}
        editing={editing?.layer}
        stale={props.stale ?? false}
      />
      {lines.length ? (
        <div
          role="rowgroup"
          className="relative @max-2xl:min-w-0!"
          style={{ height: virtualizer.getTotalSize(), minWidth: minWidth(model) }}
        >
          {virtualizer.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            const place = { transform: `translateY(${item.start}px)` };
            const activeColumn = grid.active.line === item.index ? grid.active.column : undefined;
            const point = (column: number) => grid.setActive({ line: item.index, column });
            return line.kind === "fixed-heading" ? (
              <FixedHeading
                key={item.key}
                ref={virtualizer.measureElement}
                index={item.index}
                style={place}
                line={line}
                active={activeColumn !== undefined}
                onPoint={() => point(0)}
                onToggle={() => activate(line, 0)}
              />
            ) : (
              <TableRow
                key={item.key}
                ref={virtualizer.measureElement}
                {...line}
                index={item.index}
                expanded={line.expanded}
                style={place}
                activeColumn={activeColumn}
                revealed={false}
                highlighted={highlighted === line.row.id}
                origins={explanation.job.origins ?? NO_ORIGINS}
                actions={actions}
                onPoint={point}
                onActivate={(column) => {
                  point(column);
                  activate(line, column);
                }}
              />
            );
          })}
        </div>
      ) : (
        <NothingFound model={model} view={view} onAll={props.onAll} onAdd={props.onAdd} />
      )}
      <OpenCell open={open} model={model} props={props} anchor={anchor} close={close} set={actions.set} />
    </div>
  );
}

interface OpenCellProps {
  open: ReturnType<typeof useCellEdit>["open"];
  model: Model;
  props: GridProps;
  anchor: ReturnType<typeof useCellEdit>["anchor"];
  close: () => void;
  set: ReturnType<typeof cellActions>["set"];
}

/** What hangs on a cell: its editor, its value in full, its history. */
function OpenCell({ open, model, props, anchor, close, set }: OpenCellProps) {
  if (!open) return null;
  const row = rowOf(model, open.row) ?? open.row;
  if (open.kind !== "edit")
    return <RowPopover open={open} row={row} history={props.history} anchor={anchor} onClose={close} />;
  const place = row.cells.findIndex(({ column }) => column.layer === open.layer);
  const cell = row.cells[place];
  if (!cell) return null;
  const below = row.cells.slice(0, place).findLast(({ state }) => state === "value");
  return (
    <CellEditor
      row={row}
      cell={open.cell}
      definitions={props.definitions}
      inherited={below?.value}
      anchor={anchor}
      onChange={(value) => set(row, value)}
      onCancel={() => {
        set(row, open.before);
        close();
      }}
      onClose={close}
    />
  );
}

function rowOf(model: Model, { id }: Row): Row | undefined {
  return allRows(model).find((row) => row.id === id);
}
