import { Link } from "@tanstack/react-router";
import { cx } from "@/design/cx";
import { StateIcon } from "@/design/state-badge";
import { count } from "@/lib/format";
import type { Overview } from "./queries";

const TILES = [
  { key: "running", label: "Running", type: "RUNNING", name: undefined, q: "state:running since:all" },
  { key: "pending", label: "Pending", type: "PENDING", name: undefined, q: "state:pending since:all" },
  { key: "late", label: "Late", type: "SCHEDULED", name: "Late", q: "state:late since:all" },
  {
    key: "scheduled",
    label: "Scheduled",
    type: "SCHEDULED",
    name: undefined,
    q: "state:scheduled since:all",
  },
] as const;

/** How many runs are under way or to come; each leads to them. */
export function Counts({ overview }: { overview: Overview }) {
  return (
    <ul aria-label="Runs now" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      {TILES.map(({ key, label, type, name, q }) => {
        const value = overview[key];
        const alarms = key === "late" && value > 0;
        return (
          <li key={key}>
            <Link
              to="/runs"
              search={{ q }}
              className={cx(
                "flex items-center gap-2 rounded-lg border border-line bg-surface px-3 py-2.5 sm:gap-3 sm:px-4 shadow-card transition-colors hover:border-line-strong",
              )}
            >
              <span aria-hidden className={cx("flex", value === 0 && "opacity-45")}>
                <StateIcon type={type} name={name} className="size-5" />
              </span>
              <span className="min-w-0 grow truncate text-muted">{label}</span>
              <span
                className={cx(
                  "text-xl font-semibold tabular-nums",
                  alarms ? "text-warning" : value === 0 && "text-muted",
                )}
              >
                {count(value)}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
