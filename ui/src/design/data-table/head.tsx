import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import { Checkbox } from "../checkbox";
import { cx } from "../cx";
import { Tooltip } from "../tooltip";
import type { Column, Sort } from "./types";

interface HeadProps<T> {
  columns: readonly Column<T>[];
  sort: Sort | undefined;
  onSort: (sort: Sort) => void;
  checked: boolean | "indeterminate" | undefined;
  onCheck: (all: boolean) => void;
}

const headClass =
  "sticky top-0 z-10 h-9 border-b border-line bg-sunken px-3 text-xs font-semibold text-muted";

export function Head<T>({ columns, sort, onSort, checked, onCheck }: HeadProps<T>) {
  return (
    <thead>
      <tr>
        {checked === undefined ? null : (
          <th scope="col" className={cx(headClass, "px-0 text-center")}>
            <Checkbox
              hideLabel
              label="Select all that are loaded"
              checked={checked}
              onChange={() => onCheck(checked !== true)}
            />
          </th>
        )}
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort: Sort | undefined;
  onSort: (sort: Sort) => void;
}) {
  const direction = sort?.column === column.id ? sort.direction : undefined;
  const first = column.firstDirection ?? "asc";
  const next = direction === undefined ? first : direction === "asc" ? "desc" : "asc";
  const Icon = direction === "asc" ? ArrowUp : direction === "desc" ? ArrowDown : ArrowUpDown;
  const right = column.align === "right";
  const title = column.hint ? (
    <Tooltip text={column.hint}>
      <span
        tabIndex={column.sortable ? undefined : 0}
        className="truncate decoration-dotted underline underline-offset-3"
      >
        {column.header}
      </span>
    </Tooltip>
  ) : (
    <span className="truncate">{column.header}</span>
  );
  return (
    <th
      scope="col"
      aria-sort={direction === "asc" ? "ascending" : direction === "desc" ? "descending" : undefined}
      className={cx(headClass, right ? "text-right" : "text-left")}
    >
      {column.sortable ? (
        <button
          type="button"
          onClick={() => onSort({ column: column.id, direction: next })}
          className={cx(
            "group inline-flex h-7 max-w-full items-center gap-1 hover:text-text",
            right && "flex-row-reverse",
          )}
        >
          {title}
          <Icon
            aria-hidden
            className={cx(
              "size-3.5 shrink-0",
              direction ? "text-accent" : "opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100",
            )}
          />
        </button>
      ) : (
        <span className="inline-flex max-w-full">{title}</span>
      )}
    </th>
  );
}
