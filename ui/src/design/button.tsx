import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { Spinner } from "./spinner";
import { Tooltip } from "./tooltip";

export type ButtonKind = "primary" | "secondary" | "ghost" | "danger";
export type ButtonSize = "small" | "medium";

const KINDS: Record<ButtonKind, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover border-transparent",
  secondary: "bg-raised text-text hover:bg-hover border-line shadow-card",
  ghost: "bg-transparent text-text hover:bg-hover border-transparent",
  danger: "bg-danger-fill text-on-danger hover:bg-danger-fill-hover border-transparent",
};
const SIZES: Record<ButtonSize, string> = {
  small: "h-7 px-2 text-sm gap-1.5",
  medium: "h-control px-3 gap-2",
};

/** The classes of a button, for what looks like one and is something else (a link: see LinkButton). */
export function buttonClass(
  kind: ButtonKind = "secondary",
  size: ButtonSize = "medium",
  className?: string,
): string {
  return cx(
    "inline-flex shrink-0 items-center justify-center rounded-md border font-medium whitespace-nowrap transition-colors",
    "disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55",
    KINDS[kind],
    SIZES[size],
    className,
  );
}

export interface ButtonProps extends ComponentProps<"button"> {
  kind?: ButtonKind | undefined;
  size?: ButtonSize | undefined;
  icon?: LucideIcon | undefined;
  /** Shows a spinner and does nothing while it is true. */
  busy?: boolean | undefined;
  /** Why it cannot be used: it stays focusable and says so in a tooltip. */
  disabledReason?: string | undefined;
  children?: ReactNode;
}

export function Button({
  kind,
  size,
  icon: Icon,
  busy,
  disabledReason,
  children,
  className,
  ...rest
}: ButtonProps) {
  const off = busy || disabledReason !== undefined;
  const button = (
    <button
      type="button"
      {...rest}
      {...(off ? { "aria-disabled": true, onClick: (event) => event.preventDefault() } : {})}
      aria-busy={busy || undefined}
      className={buttonClass(kind, size, className)}
    >
      {busy ? <Spinner /> : Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      {children}
    </button>
  );
  return disabledReason ? <Tooltip text={disabledReason}>{button}</Tooltip> : button;
}

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: LucideIcon;
  /** Its name: said by the tooltip and to screen readers. */
  label: string;
  kind?: ButtonKind | undefined;
  size?: ButtonSize | undefined;
  /** For a button that stays pressed. */
  pressed?: boolean | undefined;
}

export function IconButton({
  icon: Icon,
  label,
  kind = "ghost",
  size,
  pressed,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        {...rest}
        className={cx(
          buttonClass(kind, size),
          size === "small" ? "w-7 px-0!" : "w-control px-0!",
          kind === "ghost" && !pressed && "text-muted! hover:text-text!",
          pressed && "bg-accent-soft! text-accent!",
          className,
        )}
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </Tooltip>
  );
}
