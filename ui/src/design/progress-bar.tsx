import { cx } from "./cx";

export interface ProgressBarProps {
  value: number;
  max: number;
  /** What progresses, for screen readers. */
  label: string;
  /** Nearly full is worth a look; full is a problem. For limits and capacity. */
  limit?: boolean | undefined;
  className?: string | undefined;
}

export function ProgressBar({ value, max, label, limit, className }: ProgressBarProps) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  const tone = !limit ? "bg-accent" : share >= 1 ? "bg-danger" : share >= 0.8 ? "bg-warning" : "bg-accent";
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={max}
      className={cx("h-1.5 w-full overflow-hidden rounded-full bg-line", className)}
    >
      <div style={{ width: `${share * 100}%` }} className={cx("h-full rounded-full", tone)} />
    </div>
  );
}
