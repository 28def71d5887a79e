import { type KeyboardEvent, useRef, useState } from "react";
import { cx } from "@/design/cx";
import { CellEditor } from "@/job-variables/editor/cell-editor";
import type { JsonObject } from "@/job-variables/json";
import { ValueText } from "@/job-variables/value-text";
import { fromPlain, type Json, toPlain } from "@/lib/exact-json";
import { cellOf } from "./cell-model";
import type { Variable } from "./variables";

export interface DefaultCellProps {
  variable: Variable;
  /** The variable's name, or it and a key. */
  path: string[];
  value: Json | undefined;
  /** What is saved, where that is something else. */
  isEdited: boolean;
  definitions: JsonObject;
  /** What an empty cell says. */
  empty?: string | undefined;
  onChange: (path: string[], value: Json | undefined) => void;
}

/** A default that is edited where it stands: what is typed counts at once, Escape takes it back. */
export function DefaultCell(props: DefaultCellProps) {
  const { variable, path, value, isEdited, definitions, empty = "no default", onChange } = props;
  const [before, setBefore] = useState<{ value: Json | undefined }>();
  const button = useRef<HTMLButtonElement>(null);
  const { row, cell } = cellOf(variable, path, value);
  const close = () => {
    setBefore(undefined);
    requestAnimationFrame(() => button.current?.focus());
  };
  const isNone = cell.state === "none";
  return (
    <>
      <button
        ref={button}
        type="button"
        data-default={row.id}
        onClick={() => setBefore({ value })}
        onKeyDown={(event) => moveOrClear(event, () => onChange(path, undefined))}
        className={cx(
          "relative -ml-1.5 flex min-h-7 w-full min-w-0 items-center rounded-md border px-1.5 text-left",
          isEdited
            ? "border-accent/50 bg-accent-soft"
            : "border-transparent hover:border-line-strong hover:bg-surface",
        )}
      >
        <span className="sr-only">
          Default of {row.id}
          {isEdited ? ", edited" : ""}:{" "}
        </span>
        {isNone ? (
          <span className="text-sm text-muted">{empty}</span>
        ) : cell.state === "removes" ? (
          <span className="text-sm text-muted italic">taken away</span>
        ) : (
          <ValueText value={toPlain(value ?? null)} masked={row.sensitive} />
        )}
      </button>
      {before ? (
        <CellEditor
          row={row}
          cell={cell}
          definitions={definitions}
          inherited={undefined}
          anchor={button}
          onChange={(next) => onChange(path, next === undefined ? undefined : fromPlain(next))}
          onCancel={() => {
            onChange(path, before.value);
            close();
          }}
          onClose={close}
        />
      ) : null}
    </>
  );
}

/** Up and down go to the cell above and below; Delete takes the default away. */
function moveOrClear(event: KeyboardEvent<HTMLButtonElement>, clear: () => void): void {
  if (event.key === "Delete") clear();
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  const cells = [
    ...(event.currentTarget.closest("table")?.querySelectorAll<HTMLElement>("[data-default]") ?? []),
  ];
  const next = cells[cells.indexOf(event.currentTarget) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
