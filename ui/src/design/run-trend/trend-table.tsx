import { useMemo } from "react";
import { DataTable } from "../data-table/data-table";
import type { Column } from "../data-table/types";
import { TextLink } from "../link";
import type { StripRun } from "../run-strip";
import { StateBadge } from "../state-badge";
import { Duration, Time } from "../time";

const COLUMNS: Column<StripRun>[] = [
  {
    id: "state",
    header: "State",
    width: 130,
    cell: (run) => <StateBadge type={run.state_type} name={run.state_name} />,
  },
  {
    id: "name",
    header: "Run",
    minWidth: 140,
    required: true,
    cell: (run) => (
      <TextLink quiet to="/runs/$id" params={{ id: run.id }}>
        {run.name}
      </TextLink>
    ),
  },
  {
    id: "start",
    header: "Started",
    width: 120,
    cell: (run) => <Time value={run.start_time ?? run.expected_start_time} />,
  },
  {
    id: "duration",
    header: "Duration",
    width: 110,
    align: "right",
    cell: (run) =>
      run.state_type === "RUNNING" ? (
        <Duration since={run.start_time} />
      ) : (
        <Duration seconds={run.start_time ? run.estimated_run_time : null} />
      ),
  },
];

/** The same runs as a table; also for any few runs of one thing. */
export function TrendTable({ runs, label, id }: { runs: readonly StripRun[]; label: string; id: string }) {
  const rows = useMemo(() => runs.filter((run) => run.start_time !== null), [runs]);
  return (
    <DataTable
      bare
      height="auto"
      keys={false}
      id={id}
      label={label}
      noun="run"
      columns={COLUMNS}
      rows={rows}
      rowId={(run) => run.id}
    />
  );
}
