import { ProgressBar } from "@/design/progress-bar";
import { count } from "@/lib/format";

export interface CapacityProps {
  active: number;
  limit: number | null;
  /** Whose runs, for screen readers. */
  name: string;
}

/** How many runs are under way, of how many. */
export function Capacity({ active, limit, name }: CapacityProps) {
  if (limit === null) {
    return (
      <span className="tabular-nums">
        {count(active)} <span className="text-muted">/ ∞</span>
      </span>
    );
  }
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="min-w-11 tabular-nums whitespace-nowrap">
        {count(active)} <span className="text-muted">/ {count(limit)}</span>
      </span>
      <ProgressBar
        limit
        value={active}
        max={limit}
        label={`Runs of ${name}, of its limit`}
        className="max-w-32 min-w-12"
      />
    </span>
  );
}
