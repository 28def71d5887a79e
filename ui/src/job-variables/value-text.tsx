import { Blocks, Braces, KeyRound, type LucideIcon, Sparkles, Variable } from "lucide-react";
import { cx } from "@/design/cx";
import type { Reference, ReferenceKind, Segment } from "./references";
import { MASK, type ShownValue, showValue } from "./shown-value";

const ICONS: Record<ReferenceKind, LucideIcon> = {
  secret: KeyRound,
  block: Blocks,
  variable: Variable,
  fact: Sparkles,
  environment: Braces,
};
const WHAT: Record<ReferenceKind, string> = {
  secret: "Filled in by the worker just before launch; the server never has its value.",
  block: "Filled in by the worker just before launch.",
  variable: "Filled in by the worker just before launch.",
  fact: "A fact about the run, filled in at launch.",
  environment: "An environment variable of whoever deploys.",
};

const INK: Partial<Record<ShownValue["kind"], string>> = {
  number: "text-info",
  boolean: "text-info",
  null: "text-muted italic",
  masked: "tracking-wider text-muted",
};

export interface ValueTextProps {
  value: unknown;
  /** A literal that is not to be read over a shoulder. References are never masked: they are names. */
  masked?: boolean | undefined;
  /** One line, cut at the end. */
  truncate?: boolean | undefined;
  className?: string | undefined;
}

/** A value with its type to be seen: "42" is text, 42 a number; references as chips, never as text. */
export function ValueText({ value, masked = false, truncate = true, className }: ValueTextProps) {
  const shown = showValue(value, { masked });
  return (
    <span
      className={cx(
        "font-mono text-sm",
        truncate ? "inline-block max-w-full truncate align-bottom" : "break-all whitespace-pre-wrap",
        INK[shown.kind],
        className,
      )}
    >
      {shown.kind === "masked" ? <span className="sr-only">masked</span> : null}
      {shown.segments.map((segment, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have nothing but their place
        <Piece key={index} segment={segment} />
      ))}
    </span>
  );
}

function Piece({ segment }: { segment: Segment }) {
  if (typeof segment !== "string") return <ReferenceChip reference={segment} />;
  return <span aria-hidden={segment === MASK || undefined}>{segment}</span>;
}

/** A name that stands for a value which is only there at launch. */
export function ReferenceChip({ reference }: { reference: Reference }) {
  const Icon = ICONS[reference.kind];
  return (
    <span
      title={WHAT[reference.kind]}
      className={cx(
        "mx-px inline-flex max-w-full items-center gap-1 rounded border px-1 align-bottom font-mono text-xs leading-[1.125rem]",
        reference.kind === "secret"
          ? "border-warning/40 bg-warning-soft text-warning"
          : "border-line bg-sunken text-text",
      )}
    >
      <Icon aria-hidden className="size-3 shrink-0" />
      <span className="truncate">
        {reference.kind === "fact" ? "" : `${reference.kind}:`}
        {reference.name}
      </span>
    </span>
  );
}
