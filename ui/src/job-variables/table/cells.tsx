import { ArrowLeft, ChevronRight, CircleAlert, Lock, Pin, RotateCcw, TriangleAlert, X } from "lucide-react";
import { cx } from "@/design/cx";
import { plural } from "@/lib/format";
import { Provenance, toneOf } from "../layer-mark";
import { isLocked } from "../locks";
import type { Cell, Row, RowProblem } from "../model";
import { referenceOf } from "../references";
import { ValueText } from "../value-text";

export function NameCell({
  row,
  depth,
  expanded,
}: {
  row: Row;
  depth: number;
  expanded?: boolean | undefined;
}) {
  const title = row.declaration?.title;
  return (
    <span className={cx("flex min-w-0 items-center gap-1.5", depth === 1 && "pl-9")}>
      {row.kind === "group" ? (
        <ChevronRight
          aria-hidden
          className={cx("size-4 shrink-0 text-muted transition-transform", expanded && "rotate-90")}
        />
      ) : (
        <span aria-hidden className={cx("w-4 shrink-0", depth === 1 && "hidden")} />
      )}
      <span
        className="truncate font-mono text-sm font-medium"
        title={row.declaration?.description ?? title ?? row.id}
      >
        {row.label}
      </span>
      {row.lock ? <Lock aria-hidden className="size-3 shrink-0 text-muted" /> : null}
      {row.declaration?.required ? <span className="shrink-0 text-xs text-danger">required</span> : null}
      {row.undeclared ? (
        <span className="shrink-0 rounded bg-warning-soft px-1 text-xs text-warning">undeclared</span>
      ) : null}
      {row.draft && row.kind !== "group" ? (
        <span className="size-1.5 shrink-0 rounded-full bg-accent">
          <span className="sr-only">not saved</span>
        </span>
      ) : null}
    </span>
  );
}

export interface LayerCellProps {
  row: Row;
  cell: Cell;
  revealed: boolean;
  /** Takes the value away, so that lower layers speak again; undefined where it can't be. */
  onReset?: (() => void) | undefined;
  editable: boolean;
}

export function LayerCell({ row, cell, revealed, onReset, editable }: LayerCellProps) {
  if (row.kind === "group") return <GroupCell row={row} cell={cell} />;
  const isLockedHere = cell.state === "none" && isLocked(row.lock, cell.column.layer);
  return (
    <span className="relative flex min-w-0 grow items-center gap-1">
      {isLockedHere ? null : <CellValue row={row} cell={cell} revealed={revealed} />}
      {isLockedHere ? (
        <span className="inline-flex min-w-0 items-center gap-1 text-xs text-muted" title={row.lock?.reason}>
          <Lock aria-hidden className="size-3 shrink-0" />
          <span className="truncate">locked</span>
        </span>
      ) : null}
      {cell.wins ? (
        <>
          <ArrowLeft aria-hidden className={cx("size-3.5 shrink-0", toneOf(cell.column.layer).ink)} />
          <span className="sr-only">wins</span>
        </>
      ) : null}
      {onReset ? (
        <button
          type="button"
          tabIndex={-1}
          title="Reset to inherited (Delete)"
          aria-label={`Reset ${row.id} to inherited`}
          onClick={(event) => {
            event.stopPropagation();
            onReset();
          }}
          className={RESET}
        >
          <RotateCcw aria-hidden className="size-3.5" />
        </button>
      ) : editable && cell.state === "none" ? (
        <span aria-hidden className="ml-auto pr-1 text-xs text-muted opacity-0 group-hover:opacity-100">
          set
        </span>
      ) : null}
    </span>
  );
}

// Over the end of the cell, so that values have all of its width until somebody points at it.
const RESET = cx(
  "absolute inset-y-0 -right-1.5 my-auto flex size-6 items-center justify-center rounded border border-line bg-raised",
  "text-muted opacity-0 shadow-card hover:text-text focus-visible:opacity-100",
  "group-focus-within:opacity-100 group-hover:opacity-100 [@media(hover:none)]:opacity-100",
);

function CellValue({ row, cell, revealed }: { row: Row; cell: Cell; revealed: boolean }) {
  if (cell.state === "none") {
    return (
      <span className="text-muted">
        <span aria-hidden>·</span>
        <span className="sr-only">nothing</span>
      </span>
    );
  }
  if (cell.state === "removes") {
    return (
      <span
        className={cx(
          "inline-flex items-center gap-1 text-sm text-muted",
          cell.overridden && "group-focus-within:line-through group-hover:line-through",
        )}
      >
        <X aria-hidden className="size-3.5" />
        unset
      </span>
    );
  }
  return (
    <>
      {cell.fixed ? (
        <>
          <Pin aria-hidden className="size-3 shrink-0 text-muted" />
          <span className="sr-only">fixed by the pool</span>
        </>
      ) : null}
      <ValueText
        value={cell.value}
        masked={row.sensitive && !revealed}
        className={cx(
          cell.overridden &&
            "text-muted decoration-1 group-focus-within:line-through group-hover:line-through",
          cell.wins && "font-medium",
          cell.wins && !referenceOf(cell.value) && cx("-mx-1 rounded px-1", toneOf(cell.column.layer).soft),
        )}
      />
      {cell.overridden ? <span className="sr-only">overridden</span> : null}
    </>
  );
}

function GroupCell({ row, cell }: { row: Row; cell: Cell }) {
  const place = row.cells.indexOf(cell);
  const count = row.children.filter((child) => child.cells[place]?.state !== "none").length;
  return (
    <span className="text-sm text-muted">{count ? plural(count, "key") : <span aria-hidden>·</span>}</span>
  );
}

export interface EffectiveCellProps {
  row: Row;
  revealed: boolean;
  expanded?: boolean | undefined;
  origins: Record<string, string>;
}

export function EffectiveCell({ row, revealed, expanded, origins }: EffectiveCellProps) {
  const { effective } = row;
  return (
    <span className="flex min-w-0 grow flex-col gap-0.5">
      <span className="flex min-w-0 flex-wrap items-center gap-x-2">
        <span className="min-w-0 max-w-full shrink">
          <EffectiveValue row={row} revealed={revealed} />
        </span>
        {row.kind !== "group" && effective.layer ? (
          <Provenance
            layer={effective.layer}
            columns={row.cells.map(({ column }) => column)}
            origin={origins[effective.layer]}
            className="ml-auto"
          />
        ) : null}
      </span>
      {row.problems.map((problem) => (
        <ProblemLine key={`${problem.severity}${problem.layer}${problem.message}`} problem={problem} />
      ))}
      {row.kind === "group" && !expanded ? <HiddenProblems row={row} /> : null}
    </span>
  );
}

function EffectiveValue({ row, revealed }: { row: Row; revealed: boolean }) {
  const { effective, children } = row;
  if (row.kind === "group") {
    const removed = children.filter((child) => child.effective.state === "removed").length;
    return (
      <span className="text-sm whitespace-nowrap text-muted">
        {plural(children.length - removed, "key")}
        {removed ? `, ${removed} removed` : ""}
      </span>
    );
  }
  if (effective.state === "none") return <span className="text-sm text-muted">not set</span>;
  if (effective.state === "removed") return <span className="text-sm text-muted italic">(removed)</span>;
  const isWrong = row.problems.some(({ severity }) => severity === "error");
  return (
    <ValueText
      value={effective.value}
      masked={row.sensitive && !revealed}
      sealed
      className={isWrong ? "text-danger" : "font-medium"}
    />
  );
}

export function ProblemLine({ problem }: { problem: RowProblem }) {
  const isError = problem.severity === "error";
  const Icon = isError ? CircleAlert : TriangleAlert;
  return (
    <span
      className={cx("flex items-start gap-1 text-xs break-words", isError ? "text-danger" : "text-warning")}
    >
      <Icon aria-hidden className="mt-0.5 size-3 shrink-0" />
      <span className="min-w-0">
        <span className="sr-only">{isError ? "Error: " : "Warning: "}</span>
        {problem.message} {problem.hint}
      </span>
    </span>
  );
}

function HiddenProblems({ row }: { row: Row }) {
  const problems = row.children.flatMap((child) => child.problems);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (!problems.length) return null;
  return (
    <span className={cx("text-xs", errors ? "text-danger" : "text-warning")}>
      {errors ? plural(errors, "error") : plural(problems.length, "warning")} inside
    </span>
  );
}
