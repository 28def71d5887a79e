import type { ReactNode } from "react";
import { cx } from "./cx";

export interface Definition {
  label: ReactNode;
  /** Nothing, `null` and "" are shown as a dash; `false` leaves the line out. */
  value: ReactNode;
  /** Over the whole width. */
  wide?: boolean | undefined;
}

/** Labels and values, in as many columns as there is room for. */
export function DefinitionList({
  items,
  columns = 2,
  className,
}: {
  items: readonly Definition[];
  columns?: 1 | 2 | 3 | 4 | 6 | undefined;
  className?: string | undefined;
}) {
  const width = { 1: "100%", 2: "22rem", 3: "16rem", 4: "12rem", 6: "8rem" }[columns];
  return (
    <dl
      style={{ gridTemplateColumns: `repeat(auto-fit, minmax(min(100%, ${width}), 1fr))` }}
      className={cx("grid gap-x-8 gap-y-3", className)}
    >
      {items
        .filter((item) => item.value !== false)
        .map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines are fixed
          <div key={index} className={cx("min-w-0", item.wide && "col-span-full")}>
            <dt className="text-sm text-muted">{item.label}</dt>
            <dd className="min-w-0 break-words">
              {isEmpty(item.value) ? <span className="text-muted">–</span> : item.value}
            </dd>
          </div>
        ))}
    </dl>
  );
}

function isEmpty(value: ReactNode): boolean {
  return value === null || value === undefined || value === "";
}

/** Compact pairs, one a line: name at the left in code, value at the right. For env and labels. */
export function KeyValueList({
  items,
  empty = "None",
}: {
  items: readonly { key: string; value: ReactNode }[];
  empty?: ReactNode;
}) {
  if (items.length === 0) return <p className="text-muted">{empty}</p>;
  return (
    <dl className="min-w-0 divide-y divide-line rounded-md border border-line">
      {items.map(({ key, value }) => (
        <div
          key={key}
          className="grid grid-cols-[minmax(6rem,14rem)_1fr] gap-3 px-3 py-1.5 font-mono text-sm"
        >
          <dt className="break-all text-muted">{key}</dt>
          <dd className="min-w-0 break-all whitespace-pre-wrap">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
