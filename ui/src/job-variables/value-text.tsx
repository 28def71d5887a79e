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
  null: "text-muted italic",
  masked: "tracking-wider text-muted",
};

export interface ValueTextProps {
  value: unknown;
  /** A literal that is not to be read over a shoulder. References are never masked: they are names. */
  masked?: boolean | undefined;
  /** A secret that a whole value refers to is shown as what it is at launch: something that nobody sees. */
  sealed?: boolean | undefined;
  /** One line, cut at the end. */
  truncate?: boolean | undefined;
  className?: string | undefined;
}

/** A value with its type to be seen: "42" is text, 42 a number; references as chips, never as text. */
export function ValueText({
  value,
  masked = false,
  sealed = false,
  truncate = true,
  className,
}: ValueTextProps) {
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
        <Piece key={index} segment={segment} whole={shown.kind === "reference"} sealed={sealed} />
      ))}
    </span>
  );
}

function Piece({ segment, whole, sealed }: { segment: Segment; whole: boolean; sealed: boolean }) {
  if (typeof segment === "string") return <span aria-hidden={segment === MASK || undefined}>{segment}</span>;
  return whole ? (
    <ReferenceChip reference={segment} sealed={sealed} />
  ) : (
    <InlineReference reference={segment} />
  );
}

const chipInk = (kind: ReferenceKind) =>
  kind === "secret" ? "border-warning/40 bg-warning-soft text-warning" : "border-line bg-sunken text-text";

function labelOf({ kind, name }: Reference): string {
  return kind === "fact" ? name : `${kind}:${name}`;
}

/** Within longer text: part of the line, so that the line is cut where it ends. */
function InlineReference({ reference }: { reference: Reference }) {
  return (
    <span title={WHAT[reference.kind]} className={cx("rounded border px-1 text-xs", chipInk(reference.kind))}>
      {labelOf(reference)}
    </span>
  );
}

/** A name that stands for a value which is only there at launch. */
export function ReferenceChip({ reference, sealed = false }: { reference: Reference; sealed?: boolean }) {
  const isSealed = sealed && reference.kind === "secret";
  const Icon = ICONS[reference.kind];
  return (
    <span
      title={isSealed ? `secret:${reference.name}. ${WHAT.secret}` : WHAT[reference.kind]}
      className={cx(
        "mx-px inline-flex max-w-full items-center gap-1 rounded border px-1 align-bottom font-mono text-xs leading-[1.125rem]",
        chipInk(reference.kind),
      )}
    >
      <Icon aria-hidden className="size-3 shrink-0" />
      {isSealed ? <span aria-hidden>••••••</span> : null}
      <span className={isSealed ? "sr-only" : "truncate"}>{labelOf(reference)}</span>
    </span>
  );
}
