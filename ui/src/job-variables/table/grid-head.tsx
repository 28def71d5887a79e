import { Pencil } from "lucide-react";
import { Spinner } from "@/design/spinner";
import type { Column } from "../layers";

export interface GridHeadProps {
  minWidth: number;
  columns: readonly Column[];
  /** The layer that is edited. */
  editing: string | undefined;
  stale: boolean;
}

const headClass = "flex h-9 min-w-0 items-center gap-1.5 px-2.5 text-xs font-medium text-muted";

export function GridHead({ minWidth, columns, editing, stale }: GridHeadProps) {
  return (
    <div role="rowgroup" style={{ minWidth }} className="sticky top-0 z-10 @max-2xl:sr-only">
      <div
        role="row"
        tabIndex={-1}
        aria-rowindex={1}
        className="grid grid-cols-(--jv-columns) border-b border-line bg-sunken @max-2xl:grid-cols-[minmax(0,1fr)_2.5rem]"
      >
        <div role="columnheader" tabIndex={-1} aria-colindex={1} className={headClass}>
          Variable
        </div>
        {columns.map((column, index) => (
          <div
            key={column.layer}
            role="columnheader"
            tabIndex={-1}
            aria-colindex={index + 2}
            className={`${headClass} @max-2xl:sr-only`}
          >
            <span className="truncate">{column.title}</span>
            {column.layer === editing ? (
              <>
                <Pencil aria-hidden className="size-3 shrink-0 text-accent" />
                <span className="sr-only">can be edited</span>
              </>
            ) : null}
          </div>
        ))}
        <div
          role="columnheader"
          tabIndex={-1}
          aria-colindex={columns.length + 2}
          className={`${headClass} @max-2xl:sr-only`}
        >
          Effective
          {stale ? <Spinner /> : null}
        </div>
        <div
          role="columnheader"
          tabIndex={-1}
          aria-colindex={columns.length + 3}
          className={`${headClass} @max-2xl:justify-end`}
        >
          <span className="sr-only">Actions</span>
        </div>
      </div>
    </div>
  );
}
