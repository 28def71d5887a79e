import { type KeyboardEvent, useState } from "react";
import { duration } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { median } from "@/lib/statistics";
import { absolute } from "@/lib/time";
import { cx } from "../cx";
import type { StripRun } from "../run-strip";
import { StateIcon } from "../state-badge";
import { stateColor, stateLabel } from "../states";
import { floatClass } from "../surfaces";
import { useNow } from "../time";
import { type Bar, barsOf } from "./model";

export interface RunTrendProps {
  /** The newest first. Those that have not begun are left out. */
  runs: readonly StripRun[];
  /** What it shows, for screen readers. */
  label: string;
  /** Pixels. */
  height?: number | undefined;
  /** The most bars. */
  most?: number | undefined;
  onOpen: (run: StripRun) => void;
}

const HATCH =
  "repeating-linear-gradient(135deg, transparent 0 3px, color-mix(in srgb, var(--surface) 55%, transparent) 3px 5px)";
const BAD = new Set(["FAILED", "CRASHED"]);
const TICK_MS = 5000;

/** How long the last runs took, a bar each, in the colour of its state; failed ones are hatched. */
export function RunTrend({ runs, label, height = 128, most = 100, onOpen }: RunTrendProps) {
  const { zone } = usePreferences();
  const now = useNow(TICK_MS);
  const [at, setAt] = useState<number>();
  const { bars, top } = barsOf(runs, most, now);
  const middle = median(
    bars.filter(({ run }) => run.state_type === "COMPLETED").map(({ seconds }) => seconds),
  );
  const marked = at === undefined ? undefined : bars[at];
  const onKeyDown = (event: KeyboardEvent) => {
    const last = bars.length - 1;
    const from = at ?? bars.length;
    const next = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (next !== undefined) setAt(Math.max(0, Math.min(last, next)));
    else if (event.key === "Enter" && marked) onOpen(marked.run);
    else if (event.key === "Escape" && marked) setAt(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="relative min-w-0">
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={1}
        aria-valuemax={Math.max(bars.length, 1)}
        aria-valuenow={(at ?? bars.length - 1) + 1}
        aria-valuetext={marked ? told(marked, zone) : `${bars.length} runs`}
        style={{ height }}
        onKeyDown={onKeyDown}
        onBlur={() => setAt(undefined)}
        onPointerLeave={() => setAt(undefined)}
        className="relative flex items-stretch justify-end rounded-sm border-b border-line"
      >
        <Grid top={top} middle={middle} />
        {bars.map((bar, index) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the slider around it has the keys
          // biome-ignore lint/a11y/useKeyWithClickEvents: the slider around it has the keys
          <div
            key={bar.run.id}
            onPointerEnter={() => setAt(index)}
            onClick={() => onOpen(bar.run)}
            className={cx(
              "relative flex max-w-5 min-w-0 flex-1 cursor-pointer items-end px-[0.5px] sm:px-px",
              index === at && "bg-selected",
            )}
          >
            <div
              style={{
                height: `${bar.height * 100}%`,
                backgroundColor: stateColor(bar.run.state_type, bar.run.state_name),
                ...(BAD.has(bar.run.state_type ?? "") ? { backgroundImage: HATCH } : {}),
              }}
              className={cx("w-full rounded-t-xs", bar.run.state_type === "RUNNING" && "pulse-soft")}
            />
          </div>
        ))}
      </div>
      {marked && at !== undefined ? (
        <Card bar={marked} place={(bars.length - at) / bars.length} zone={zone} />
      ) : null}
    </div>
  );
}

function Grid({ top, middle }: { top: number; middle: number | undefined }) {
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0">
      <div className="absolute inset-x-0 top-0 border-t border-line" />
      <div className="absolute inset-x-0 top-1/2 border-t border-line" />
      <span className="absolute top-0.5 left-0 z-1 rounded-sm bg-surface/80 px-0.5 text-xs text-muted tabular-nums">
        {duration(top)}
      </span>
      {middle === undefined ? null : (
        <div
          style={{ bottom: `${Math.min(1, middle / top) * 100}%` }}
          className="absolute inset-x-0 z-1 border-t border-dashed border-text/60"
        >
          {/* Where the scale's own label is, it stands below its line. */}
          <span
            className={cx(
              "absolute left-0 rounded-sm bg-surface/80 px-0.5 text-xs tabular-nums",
              middle / top > 0.7 ? "top-5" : "bottom-0.5",
            )}
          >
            median {duration(middle)}
          </span>
        </div>
      )}
    </div>
  );
}

function told({ run, seconds }: Bar, zone: string): string {
  const when = run.start_time ? absolute(run.start_time, zone, { precision: "minute" }) : "";
  return `${run.name}, ${stateLabel(run.state_type, run.state_name).toLowerCase()}, ${when}, ${duration(seconds)}`;
}

function Card({ bar, place, zone }: { bar: Bar; place: number; zone: string }) {
  const { run, seconds } = bar;
  const percent = `${Math.max(0, Math.min(1, place)) * 100}%`;
  return (
    <div
      aria-hidden
      style={place > 0.5 ? { left: `calc(100% - ${percent})` } : { right: percent }}
      className={cx(
        floatClass,
        "pointer-events-none absolute bottom-full z-10 mb-1 w-max max-w-64 px-2.5 py-1.5 text-sm",
      )}
    >
      <p className="flex items-center gap-1.5 font-medium">
        <StateIcon type={run.state_type} name={run.state_name} className="size-3.5" />
        <span className="truncate">{run.name}</span>
      </p>
      <p className="text-muted tabular-nums">
        {stateLabel(run.state_type, run.state_name)} · {duration(seconds)}
      </p>
      {run.start_time ? (
        <p className="text-muted tabular-nums">{absolute(run.start_time, zone, { precision: "minute" })}</p>
      ) : null}
    </div>
  );
}
