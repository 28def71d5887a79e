import { ArrowRight } from "lucide-react";
import { cx } from "@/design/cx";
import { Provenance } from "./layer-mark";
import { type Column, DEPLOYMENT_COLUMN, POOL_COLUMN, RUN_COLUMN } from "./layers";
import type { LeafDifference, Side } from "./leaf-diff";
import { soundsSecret } from "./references";
import { ValueText } from "./value-text";

export interface DifferenceTableProps {
  /** What it is, for screen readers. */
  label: string;
  differences: readonly LeafDifference[];
  before: string;
  after: string;
  /** Who set each value; only where that is known. */
  withLayers?: boolean | undefined;
  empty?: string | undefined;
}

/** Paths with their value before and after. */
export function DifferenceTable(props: DifferenceTableProps) {
  const { label, differences, before, after, withLayers = true, empty = "No differences." } = props;
  if (!differences.length) return <p className="py-3 text-muted">{empty}</p>;
  return (
    <div className="@container">
      <table aria-label={label} className="w-full table-fixed border-separate border-spacing-0 text-left">
        <thead className="text-xs text-muted @max-lg:sr-only">
          <tr>
            <th scope="col" className="w-[28%] border-b border-line px-2 py-1.5 font-medium">
              Path
            </th>
            <th scope="col" className="border-b border-line px-2 py-1.5 font-medium">
              {before}
            </th>
            <th scope="col" className="border-b border-line px-2 py-1.5 font-medium">
              {after}
            </th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference) => (
            <DifferenceRow
              key={difference.path}
              difference={difference}
              withLayers={withLayers}
              before={before}
              after={after}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface DifferenceRowProps {
  difference: LeafDifference;
  withLayers: boolean;
  before: string;
  after: string;
}

function DifferenceRow({ difference, withLayers, before, after }: DifferenceRowProps) {
  const masked = soundsSecret(difference.key ?? difference.path);
  const cell =
    "border-b border-line px-2 py-1.5 align-top @max-lg:block @max-lg:w-full @max-lg:border-0 @max-lg:py-0.5";
  return (
    <tr
      className={cx(
        "@max-lg:block @max-lg:border-b @max-lg:border-line @max-lg:py-1.5",
        difference.same && "text-muted",
      )}
    >
      <th scope="row" className={cx(cell, "font-mono text-sm font-medium break-all")}>
        {difference.path}
      </th>
      <td className={cell}>
        <SideText
          side={difference.before}
          masked={masked}
          withLayer={withLayers}
          tone={difference.same ? "" : "was"}
          label={before}
        />
      </td>
      <td className={cell}>
        <SideText
          side={difference.after}
          masked={masked}
          withLayer={withLayers}
          tone={difference.same ? "" : "is"}
          label={after}
        />
      </td>
    </tr>
  );
}

interface SideTextProps {
  side: Side;
  masked: boolean;
  withLayer: boolean;
  tone: "was" | "is" | "";
  label: string;
}

// Of two runs neither is "this" one.
const LAYERS: Column[] = [POOL_COLUMN, DEPLOYMENT_COLUMN, { ...RUN_COLUMN, noun: "run" }];

function SideText({ side, masked, withLayer, tone, label }: SideTextProps) {
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
      {label ? (
        <span
          aria-hidden
          title={label}
          className="hidden w-28 shrink-0 truncate text-xs text-muted @max-lg:block"
        >
          {label}
        </span>
      ) : null}
      {side.state === "value" ? (
        <span
          className={cx(
            "min-w-0 rounded px-1",
            tone === "was" && "bg-danger-soft",
            tone === "is" && "bg-success-soft",
          )}
        >
          <ValueText value={side.value} masked={masked} truncate={false} />
        </span>
      ) : (
        <span className="text-sm text-muted italic">
          {side.state === "removed" ? "(removed)" : "(nothing)"}
        </span>
      )}
      {withLayer ? <Provenance layer={side.layer} columns={LAYERS} /> : null}
    </span>
  );
}

/** before → after in one line, for lists. */
export function ChangeText({ difference }: { difference: LeafDifference }) {
  const masked = soundsSecret(difference.path);
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1.5">
      <span className="font-mono text-sm font-medium break-all">{difference.path}</span>
      <SideText side={difference.before} masked={masked} withLayer={false} tone="was" label="" />
      <ArrowRight aria-label="becomes" className="size-3.5 shrink-0 text-muted" />
      <SideText side={difference.after} masked={masked} withLayer={false} tone="is" label="" />
    </span>
  );
}
