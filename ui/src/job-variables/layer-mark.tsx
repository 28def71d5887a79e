import { cx } from "@/design/cx";
import { ALL_COLUMNS, type Column, columnOf, nounOf } from "./layers";

// A layer has a colour wherever it is spoken of; its name always stands beside it.

interface Tone {
  ink: string;
  soft: string;
  dot: string;
}
const TONES: Record<string, Tone> = {
  pool: { ink: "text-muted", soft: "bg-sunken", dot: "bg-line-strong" },
  deployment: { ink: "text-info", soft: "bg-info-soft", dot: "bg-info" },
  run: { ink: "text-accent", soft: "bg-accent-soft", dot: "bg-accent" },
};
const OTHER: Tone = { ink: "text-success", soft: "bg-success-soft", dot: "bg-success" };

export function toneOf(layer: string): Tone {
  return TONES[columnOf(layer)] ?? OTHER;
}

export interface ProvenanceProps {
  layer: string | undefined;
  columns?: readonly Column[] | undefined;
  /** How the layer came in: `cli`, `schedule`. */
  origin?: string | undefined;
  className?: string | undefined;
}

/** "from deployment", in the layer's colour. */
export function Provenance({ layer, columns = ALL_COLUMNS, origin, className }: ProvenanceProps) {
  if (!layer) return null;
  const tone = toneOf(layer);
  return (
    <span
      className={cx(
        "inline-flex shrink-0 items-center gap-1.5 text-xs whitespace-nowrap",
        tone.ink,
        className,
      )}
    >
      <span aria-hidden className={cx("size-1.5 rounded-full", tone.dot)} />
      from {nounOf(layer, columns)}
      {origin ? <span className="text-muted">({origin.replace(/^automation:/, "automation ")})</span> : null}
    </span>
  );
}
