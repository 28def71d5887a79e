import { Table2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { duration, percent, plural } from "@/lib/format";
import { median, type Outcomes } from "@/lib/statistics";
import { IconButton } from "../button";
import { Card } from "../card";
import { cx } from "../cx";
import type { StripRun } from "../run-strip";
import { Skeleton } from "../skeleton";
import { HistogramTable } from "../state-histogram/histogram-table";
import { StateHistogram, type StateHistogramProps } from "../state-histogram/state-histogram";
import { RunTrend } from "./run-trend";
import { TrendTable } from "./trend-table";

export interface TrendCardProps {
  /** Whose runs: "etl/nightly". */
  name: string;
  /** The newest first; nothing until they are known. */
  runs: readonly StripRun[] | undefined;
  /** How those of the last days ended. */
  outcomes: Outcomes | undefined;
  days: number;
  onOpen: (run: StripRun) => void;
  /** How many runs there were on each of the last days. */
  history: History | undefined;
  empty: ReactNode;
}

export type History = Omit<StateHistogramProps, "label" | "height" | "stale">;

/** How runs went: what share succeeded, how long they took, and each of the last ones as a bar. */
export function TrendCard({ name, runs, outcomes, days, onOpen, history, empty }: TrendCardProps) {
  const [asTable, setAsTable] = useState(false);
  const begun = runs?.filter((run) => run.start_time !== null);
  const took = (begun ?? [])
    .filter((run) => run.state_type === "COMPLETED")
    .map((run) => run.estimated_run_time);
  const label = `How long the last runs of ${name} took`;
  return (
    <Card
      title="How runs went"
      actions={
        <IconButton
          icon={Table2}
          size="small"
          label="Show as a table"
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      }
    >
      {begun === undefined ? (
        <Skeleton className="h-44 w-full" />
      ) : begun.length === 0 ? (
        empty
      ) : (
        <div className="flex flex-col gap-4">
          <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
            <Figure
              label={`Succeeded, ${days} days`}
              value={outcomes ? percent(outcomes.completed, outcomes.judged) : "…"}
              ink={
                outcomes && outcomes.judged > 0 && outcomes.failed / outcomes.judged > 0.2
                  ? "text-danger"
                  : ""
              }
            />
            <Figure label={`Failed, ${days} days`} value={outcomes ? String(outcomes.failed) : "…"} />
            <Figure label="Median duration" value={duration(median(took))} />
            <Figure label="Longest" value={duration(took.length ? Math.max(...took) : undefined)} />
          </dl>
          <Part title="Duration of each" detail={`${plural(begun.length, "run")}, hatched where they failed`}>
            <RunTrend runs={begun} label={label} onOpen={onOpen} />
          </Part>
          {history ? (
            <Part title="Runs by day" detail="by the time at which they were expected">
              <StateHistogram {...history} label={`Runs of ${name} by day`} height={72} />
            </Part>
          ) : null}
          {asTable ? (
            <>
              <div className="max-h-80 overflow-y-auto rounded-md border border-line">
                <TrendTable runs={begun} label={label} id="trend" />
              </div>
              {history ? <HistogramTable {...history} label={`Runs of ${name} by day, as a table`} /> : null}
            </>
          ) : null}
        </div>
      )}
    </Card>
  );
}

function Figure({ label, value, ink }: { label: string; value: string; ink?: string | undefined }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-sm text-muted">{label}</dt>
      <dd className={cx("text-xl font-semibold tabular-nums", ink)}>{value}</dd>
    </div>
  );
}

function Part({ title, detail, children }: { title: string; detail: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <p className="text-sm">
        <span className="font-medium">{title}</span> <span className="text-muted">{detail}</span>
      </p>
      {children}
    </div>
  );
}
