import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useRef, useState } from "react";
import { duration } from "@/lib/format";
import { relative } from "@/lib/time";
import { cx } from "./cx";
import { stateLabel, stateLook } from "./states";
import { useNow } from "./time";

export interface StripRun {
  id: string;
  name: string;
  state_type: string | null;
  state_name: string | null;
  expected_start_time: string | null;
  start_time: string | null;
  estimated_run_time: number;
}

export interface RunStripProps {
  /** The newest first, as lists have them; shown with the newest at the right. */
  runs: readonly StripRun[];
  /** Whose runs: "Last runs of etl/nightly". */
  label: string;
  /** So many places are kept, so that strips stand in line. */
  places?: number | undefined;
}

const MINUTE = 60_000;

/** The last runs as small blocks of state, each a link. One stop of the Tab key; arrows go from run to run. */
export function RunStrip({ runs, label, places = 10 }: RunStripProps) {
  const now = useNow(MINUTE);
  const list = useRef<HTMLUListElement>(null);
  const shown = runs.slice(0, places).reverse();
  const [at, setAt] = useState<string>();
  const current = shown.some(({ id }) => id === at) ? at : shown.at(-1)?.id;
  const onKeyDown = (event: KeyboardEvent) => {
    const index = shown.findIndex(({ id }) => id === current);
    const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    list.current?.querySelectorAll<HTMLElement>("a")[Math.max(0, Math.min(next, shown.length - 1))]?.focus();
  };
  if (shown.length === 0) return <span className="text-sm text-muted">No runs yet</span>;
  return (
    <ul ref={list} aria-label={label} onKeyDown={onKeyDown} className="flex">
      {Array.from({ length: places - shown.length }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: places that are empty are alike
        <li key={index} aria-hidden className="flex size-6 items-center justify-center">
          <span className="size-1 rounded-full bg-line" />
        </li>
      ))}
      {shown.map((run) => (
        <li key={run.id} className="flex">
          <Block run={run} now={now} tabIndex={run.id === current ? 0 : -1} onFocus={() => setAt(run.id)} />
        </li>
      ))}
    </ul>
  );
}

interface BlockProps {
  run: StripRun;
  now: number;
  tabIndex: number;
  onFocus: () => void;
}

function Block({ run, now, tabIndex, onFocus }: BlockProps) {
  const { tone, icon: Icon } = stateLook(run.state_type, run.state_name);
  const when = run.start_time ?? run.expected_start_time;
  const said = [
    `${run.name}: ${stateLabel(run.state_type, run.state_name).toLowerCase()}`,
    when ? relative(when, now) : "",
    run.start_time && run.estimated_run_time > 0 ? `took ${duration(run.estimated_run_time)}` : "",
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <Link
      to="/runs/$id"
      params={{ id: run.id }}
      title={said}
      aria-label={said}
      tabIndex={tabIndex}
      onFocus={onFocus}
      preload={false}
      className="group/block flex size-6 items-center justify-center rounded-md focus-visible:outline-offset-0"
    >
      <span
        style={{ color: `var(--state-${tone})`, background: `var(--state-${tone}-soft)` }}
        className={cx(
          "flex size-5.5 items-center justify-center rounded-sm ring-current/50 group-hover/block:ring-1",
          tone === "running" && "pulse-soft",
        )}
      >
        <Icon aria-hidden className="size-3.5" />
      </span>
    </Link>
  );
}
