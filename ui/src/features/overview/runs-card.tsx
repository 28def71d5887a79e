import { Card } from "@/design/card";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { TextLink } from "@/design/link";
import { StateIcon } from "@/design/state-badge";
import { stateLabel } from "@/design/states";
import { Duration, Time } from "@/design/time";
import type { RunRow } from "./queries";

function RunCell({ run, says }: { run: RunRow; says?: string }) {
  return (
    <span className="flex items-center gap-2.5">
      <StateIcon type={run.state_type} name={run.state_name} />
      <span className="flex min-w-0 flex-col">
        <TextLink quiet to="/runs/$id" params={{ id: run.id }} className="truncate">
          {run.name}
        </TextLink>
        <span className="truncate text-sm text-muted">
          {says ? `${says} · ` : ""}
          {run.flow_name}
          {run.deployment_name ? ` / ${run.deployment_name}` : ""}
        </span>
      </span>
    </span>
  );
}

const NEXT: Column<RunRow>[] = [
  { id: "name", header: "Run", required: true, minWidth: 128, cell: (run) => <RunCell run={run} /> },
  {
    id: "pool",
    header: "Pool",
    width: 104,
    cell: (run) => run.work_pool_name ?? <span className="text-muted">–</span>,
  },
  {
    id: "due",
    header: "Expected",
    width: 92,
    align: "right",
    cell: (run) => <Time value={run.expected_start_time} />,
  },
];

const LAST: Column<RunRow>[] = [
  {
    id: "name",
    header: "Run",
    required: true,
    minWidth: 128,
    cell: (run) => <RunCell run={run} says={stateLabel(run.state_type, run.state_name)} />,
  },
  {
    id: "duration",
    header: "Duration",
    width: 104,
    align: "right",
    cell: (run) => <Duration seconds={run.start_time ? run.estimated_run_time : null} />,
  },
  { id: "ended", header: "Ended", width: 100, align: "right", cell: (run) => <Time value={run.end_time} /> },
];

const idOf = (run: RunRow) => run.id;

export function NextRuns({ runs }: { runs: readonly RunRow[] }) {
  return (
    <Card
      flush
      title="Next runs"
      actions={
        <TextLink to="/runs" search={{ q: "next:7d", sort: "expected" }}>
          All that is to come
        </TextLink>
      }
    >
      <DataTable
        bare
        height="auto"
        keys={false}
        id="next-runs"
        label="Next runs"
        noun="run"
        columns={NEXT}
        rows={runs}
        rowId={idOf}
        empty={
          <EmptyState compact title="Nothing is scheduled">
            Give a deployment a schedule, and its runs stand here.
          </EmptyState>
        }
      />
    </Card>
  );
}

export function LastRuns({ runs }: { runs: readonly RunRow[] }) {
  return (
    <Card
      flush
      title="Last runs"
      actions={
        <TextLink to="/runs" search={{ sort: "-end" }}>
          All runs
        </TextLink>
      }
    >
      <DataTable
        bare
        height="auto"
        keys={false}
        id="last-runs"
        label="Last runs"
        noun="run"
        columns={LAST}
        rows={runs}
        rowId={idOf}
        empty={<EmptyState compact title="No run has ended yet" />}
      />
    </Card>
  );
}
