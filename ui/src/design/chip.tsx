import { type LucideIcon, X } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

export type Tone = "neutral" | "accent" | "success" | "warning" | "danger" | "info";

const TONES: Record<Tone, string> = {
  neutral: "bg-sunken text-text",
  accent: "bg-accent-soft text-accent",
  success: "bg-success-soft text-success",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
  info: "bg-info-soft text-info",
};

export interface ChipProps {
  children: ReactNode;
  tone?: Tone | undefined;
  icon?: LucideIcon | undefined;
  /** For names and code. */
  mono?: boolean | undefined;
  onRemove?: (() => void) | undefined;
  /** What the remove button is called: "Remove tag daily". */
  removeLabel?: string | undefined;
  className?: string | undefined;
}

/** A tag, a small fact, a chosen value. */
export function Chip({
  children,
  tone = "neutral",
  icon: Icon,
  mono,
  onRemove,
  removeLabel,
  className,
}: ChipProps) {
  return (
    <span
      className={cx(
        "inline-flex h-5.5 max-w-full items-center gap-1 rounded-md align-middle px-1.5 text-xs font-medium whitespace-nowrap",
        TONES[tone],
        mono && "font-mono",
        className,
      )}
    >
      {Icon ? <Icon aria-hidden className="size-3.5 shrink-0" /> : null}
      <span className="truncate">{children}</span>
      {onRemove ? (
        <button
          type="button"
          aria-label={removeLabel ?? "Remove"}
          onClick={onRemove}
          className="-mr-1 flex size-5 items-center justify-center rounded-sm hover:bg-hover"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      ) : null}
    </span>
  );
}
