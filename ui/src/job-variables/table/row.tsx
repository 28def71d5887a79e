import { Ellipsis } from "lucide-react";
import type { CSSProperties, ReactNode, Ref } from "react";
import { IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import { Menu, type MenuItem } from "@/design/menu";
import type { Cell, Row } from "../model";
import { EffectiveCell, LayerCell, NameCell } from "./cells";

/** What a table can do with its cells; undefined where it can't. */
export interface RowActions {
  isEditable: (row: Row, cell: Cell) => boolean;
  onReset: (row: Row) => void;
  menuOf: (row: Row) => MenuItem[][];
}

export interface TableRowProps {
  row: Row;
  index: number;
  depth: 0 | 1;
  expanded: boolean | undefined;
  place: number;
  setSize: number;
  style?: CSSProperties | undefined;
  ref?: Ref<HTMLDivElement> | undefined;
  /** Which column of this row has the grid's focus. */
  activeColumn: number | undefined;
  revealed: boolean;
  highlighted: boolean;
  origins: Record<string, string>;
  actions: RowActions;
  onPoint: (column: number) => void;
  onActivate: (column: number) => void;
}

export const rowClass =
  "group absolute inset-x-0 grid grid-cols-(--jv-columns) border-b border-line @max-2xl:grid-cols-[minmax(0,1fr)_2.25rem] @max-2xl:py-1";
const cellClass =
  "flex min-w-0 items-center px-2.5 py-1 min-h-9 cursor-default @max-2xl:min-h-7 focus-visible:outline-offset-[-2px] focus-visible:z-1";

/** Stacked, everything stands under the name. */
const STACKED_INDENT = ["@max-2xl:pl-8", "@max-2xl:pl-11.5"] as const;

export function TableRow(props: TableRowProps) {
  const { row, depth, expanded, activeColumn, actions } = props;
  const last = row.cells.length + 1;
  // The keys are the grid's: a click does what Enter does.
  const cellProps = (column: number, role = "gridcell") => ({
    role,
    // A name alone has nothing to open but its group.
    onClick: () => (column > 0 || row.kind === "group" ? props.onActivate(column) : props.onPoint(column)),
    tabIndex: activeColumn === column ? 0 : -1,
    "data-active": activeColumn === column || undefined,
    "aria-colindex": column + 1,
    onFocus: () => props.onPoint(column),
  });
  return (
    <div
      role="row"
      tabIndex={-1}
      ref={props.ref}
      data-index={props.index}
      data-row={row.id}
      style={props.style}
      aria-level={depth + 1}
      aria-expanded={expanded}
      aria-posinset={props.place}
      aria-setsize={props.setSize}
      aria-rowindex={props.index + 2}
      className={cx(
        rowClass,
        "hover:bg-hover",
        row.kind === "group" ? "bg-bg" : "bg-surface",
        props.highlighted && "bg-selected!",
      )}
    >
      <div
        {...cellProps(0, "rowheader")}
        className={cx(cellClass, row.kind === "group" && "cursor-pointer!")}
      >
        <NameCell row={row} depth={depth} expanded={expanded} />
      </div>
      {row.cells.map((cell, index) => (
        <LayerGridCell
          key={cell.column.layer}
          {...props}
          cell={cell}
          column={index + 1}
          cellProps={{ ...cellProps(index + 1), "aria-readonly": !actions.isEditable(row, cell) }}
        />
      ))}
      <div
        {...cellProps(last)}
        className={cx(
          cellClass,
          "@max-2xl:order-2 @max-2xl:col-span-full @max-2xl:min-h-6 @max-2xl:py-0",
          STACKED_INDENT[depth],
        )}
      >
        <EffectiveCell row={row} revealed={props.revealed} expanded={expanded} origins={props.origins} />
      </div>
      <div
        {...cellProps(last + 1)}
        tabIndex={-1}
        className="flex items-center justify-center @max-2xl:order-1"
      >
        <RowMenu row={row} groups={actions.menuOf(row)} tabbable={activeColumn === last + 1} />
      </div>
    </div>
  );
}

interface LayerGridCellProps extends TableRowProps {
  cell: Cell;
  column: number;
  cellProps: Record<string, unknown>;
}

function LayerGridCell({ row, cell, column, cellProps, ...props }: LayerGridCellProps) {
  const editable = props.actions.isEditable(row, cell);
  const isOwn = editable && cell.state !== "none" && row.kind !== "group";
  return (
    <div
      {...cellProps}
      data-column={cell.column.layer}
      className={cx(
        cellClass,
        "@max-2xl:order-3 @max-2xl:col-span-full @max-2xl:min-h-7 @max-2xl:gap-3 @max-2xl:py-0",
        STACKED_INDENT[props.depth],
        // Stacked, only what the line above does not say already.
        (row.kind === "group" || (!editable && !cell.overridden)) && "@max-2xl:hidden",
        editable && row.kind !== "group" && "cursor-text! hover:bg-accent-soft",
        cell.draft && "bg-accent-soft",
      )}
    >
      <span aria-hidden className="hidden w-24 shrink-0 text-xs text-muted @max-2xl:block">
        {cell.column.title}
      </span>
      <LayerCell
        row={row}
        cell={cell}
        revealed={props.revealed}
        editable={editable}
        onReset={isOwn ? () => props.actions.onReset(row) : undefined}
      />
    </div>
  );
}

function RowMenu({
  row,
  groups,
  tabbable,
}: {
  row: Row;
  groups: MenuItem[][];
  tabbable: boolean;
}): ReactNode {
  if (!groups.some((group) => group.length)) return null;
  return (
    <Menu
      label={`Actions for ${row.id}`}
      groups={groups}
      trigger={
        <IconButton
          icon={Ellipsis}
          label={`Actions for ${row.id}`}
          size="small"
          data-grid-focus
          tabIndex={tabbable ? 0 : -1}
          className="text-muted opacity-60 group-hover:opacity-100 focus-visible:opacity-100"
        />
      }
    />
  );
}
