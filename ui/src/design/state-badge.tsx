import { cx } from "./cx";
import { stateLabel, stateLook } from "./states";
import { Tooltip } from "./tooltip";

export interface StateBadgeProps {
  /** Of the contract: "FAILED", … */
  type: string | null | undefined;
  /** The name within the type, where it has one: "Late", "AwaitingRetry", … */
  name?: string | null | undefined;
  size?: "small" | "medium" | undefined;
  /** Said on hover and focus; the message of the state, for example. */
  detail?: string | null | undefined;
  className?: string | undefined;
}

/** A state of a run: icon, text and colour. */
export function StateBadge({ type, name, size = "small", detail, className }: StateBadgeProps) {
  const { tone, icon: Icon } = stateLook(type, name);
  const badge = (
    <span
      style={{ color: `var(--state-${tone})`, background: `var(--state-${tone}-soft)` }}
      className={cx(
        "inline-flex max-w-full items-center gap-1 rounded-full align-middle font-medium whitespace-nowrap",
        size === "small" ? "h-5.5 px-2 text-xs" : "h-7 px-2.5 text-sm",
        className,
      )}
      {...(detail ? { tabIndex: 0 } : {})}
    >
      <Icon aria-hidden className={cx("size-3.5 shrink-0", tone === "running" && "pulse-soft")} />
      <span className="truncate">{stateLabel(type, name)}</span>
    </span>
  );
  return detail ? <Tooltip text={detail}>{badge}</Tooltip> : badge;
}

/** The icon alone, where a column or a node has no room for words; its name is read out. */
export function StateIcon({ type, name, className }: Pick<StateBadgeProps, "type" | "name" | "className">) {
  const { tone, icon: Icon } = stateLook(type, name);
  return (
    <Icon
      role="img"
      aria-label={stateLabel(type, name)}
      style={{ color: `var(--state-${tone})` }}
      className={cx("size-4 shrink-0", className)}
    />
  );
}
