import { cx } from "@/design/cx";
import { StateIcon } from "@/design/state-badge";
import { count } from "@/lib/format";
import { lookCounts, lookLabel } from "./describe";
import { LOOKS, type Model } from "./model";
import { LOOK_STYLES } from "./palette";

interface LegendProps {
  model: Model;
  /** The looks that stay bright; none means all. */
  chosen: ReadonlySet<number>;
  onChoose: (look: number) => void;
  showCauses: boolean;
}

/** What is in which state; a press on one dims the others. */
export function Legend({ model, chosen, onChoose, showCauses }: LegendProps) {
  const totals = new Int32Array(LOOKS.length);
  for (const { counts } of model.groups) {
    counts.forEach((many, look) => {
      totals[look] = (totals[look] as number) + many;
    });
  }
  return (
    <div className="flex flex-wrap items-center gap-x-1 gap-y-1 text-sm">
      <fieldset className="contents">
        <legend className="sr-only">Highlight task runs by state</legend>
        {lookCounts(totals).map(({ look, count: many }) => {
          const style = LOOK_STYLES[LOOKS[look] ?? "PENDING"];
          return (
            <button
              key={look}
              type="button"
              aria-pressed={chosen.has(look)}
              onClick={() => onChoose(look)}
              className={cx(
                "inline-flex h-7 items-center gap-1.5 rounded-md border px-2 tabular-nums hover:bg-hover",
                chosen.has(look) ? "border-accent bg-accent-soft" : "border-transparent",
              )}
            >
              <span aria-hidden className="flex">
                <StateIcon type={style.type} name={style.name} className="size-3.5" />
              </span>
              {lookLabel(look)} <span className="text-muted">{count(many)}</span>
            </button>
          );
        })}
      </fieldset>
      {showCauses ? (
        <>
          <Cause color="var(--state-scheduled)" label="waiting to start" />
          {model.waits.size > 0 ? (
            <Cause color="var(--state-retry)" label="waiting to retry" flipped />
          ) : null}
        </>
      ) : null}
    </div>
  );
}

/** What a gap between bars means. */
function Cause({ color, label, flipped }: { color: string; label: string; flipped?: boolean }) {
  return (
    <span className="ml-1 inline-flex h-7 items-center gap-1.5 text-muted">
      <svg aria-hidden="true" width="22" height="8" className={flipped ? "-scale-x-100" : ""}>
        <path d="M0 8 8 0M5 8l8-8M10 8l8-8M15 8l7-7" fill="none" stroke={color} strokeWidth="1.25" />
      </svg>
      {label}
    </span>
  );
}
