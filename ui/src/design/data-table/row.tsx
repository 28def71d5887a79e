import { type MouseEvent, memo } from "react";
import { Checkbox } from "../checkbox";
import { cx } from "../cx";
import type { Column } from "./types";
import { INTERACTIVE, openRow } from "./use-row-keys";

interface RowProps<T> {
  row: T;
  id: string;
  index: number;
  columns: readonly Column<T>[];
  selected: boolean | undefined;
  onSelect: (id: string, range: boolean) => void;
  className: string | undefined;
  measure: ((element: HTMLElement | null) => void) | undefined;
}

function onRowClick(event: MouseEvent<HTMLTableRowElement>): void {
  const target = event.target as HTMLElement;
  if (target.closest(INTERACTIVE) || !event.currentTarget.contains(target)) return;
  if (getSelection()?.toString()) return;
  openRow(event.currentTarget, event);
}

function TableRow<T>({ row, id, index, columns, selected, onSelect, className, measure }: RowProps<T>) {
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={-1}
      onClick={onRowClick}
      className={cx(
        "group/row [&>td]:border-b [&>td]:border-line focus-visible:outline-offset-[-2px]",
        selected ? "bg-selected" : "hover:bg-hover has-[a[href]]:cursor-pointer",
        className,
      )}
    >
      {selected === undefined ? null : (
        <td className="h-row text-center">
          <Checkbox
            hideLabel
            label={`Select ${nameOf(row, columns)}`}
            checked={selected}
            onChange={() => {}}
            onClick={(event) => onSelect(id, event.shiftKey)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td
          key={column.id}
          className={cx(
            "h-row px-3 py-1",
            column.align === "right" && "text-right tabular-nums",
            column.wrap ? "break-words" : "truncate",
          )}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** What tells a row apart from the others, where a column says so. */
function nameOf<T>(row: T, columns: readonly Column<T>[]): string {
  return String(columns.find(({ id }) => id === "name")?.value?.(row) ?? "row");
}

// Rows that did not change are not drawn again when others come, or when one is selected.
export const Row = memo(TableRow) as typeof TableRow;
