import { CircleAlert, CircleCheck, CircleX, Info, type LucideIcon, X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./button";
import { cx } from "./cx";

const LOOKS = {
  info: ["bg-info-soft border-info/40", "text-info", Info],
  success: ["bg-success-soft border-success/40", "text-success", CircleCheck],
  warning: ["bg-warning-soft border-warning/40", "text-warning", CircleAlert],
  danger: ["bg-danger-soft border-danger/40", "text-danger", CircleX],
} satisfies Record<string, [string, string, LucideIcon]>;

export interface BannerProps {
  tone?: keyof typeof LOOKS | undefined;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  icon?: LucideIcon | undefined;
  onDismiss?: (() => void) | undefined;
  className?: string | undefined;
}

/** Something to know about what is shown. Read out when it appears. */
export function Banner({ tone = "info", title, children, actions, icon, onDismiss, className }: BannerProps) {
  const [box, ink, ToneIcon] = LOOKS[tone];
  const Icon = icon ?? ToneIcon;
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={cx("flex items-start gap-2.5 rounded-lg border px-3 py-2 text-text", box, className)}
    >
      <Icon aria-hidden className={cx("mt-0.75 size-4 shrink-0", ink)} />
      <div className="min-w-0 grow break-words">
        {title ? <p className="font-semibold">{title}</p> : null}
        {children}
      </div>
      {actions ? <div className="flex shrink-0 flex-wrap items-center gap-2">{actions}</div> : null}
      {onDismiss ? (
        <IconButton icon={X} label="Dismiss" size="small" onClick={onDismiss} className="-my-0.5" />
      ) : null}
    </div>
  );
}
