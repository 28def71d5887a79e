import { Workflow } from "lucide-react";
import { useMemo } from "react";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { TextLink } from "@/design/link";
import { StateBadge } from "@/design/state-badge";
import { Time } from "@/design/time";
import type { Schema } from "@/lib/api";
import { count, duration } from "@/lib/format";
import type { RunDetail } from "./queries";

type Child = Schema["FlowRunRow"];

/** The flow runs that tasks of this run called. */
export function SubflowRuns({ detail }: { detail: RunDetail }) {
  const columns = useMemo(columnsOf, []);
  const children = detail.children ?? [];
  const all = detail.child_count ?? children.length;
  return (
    <DataTable
      id="subflows"
      label="Subflow runs"
      noun="subflow run"
      columns={columns}
      rows={children}
      rowId={(run) => run.id}
      total={all}
      toolbar={
        all > children.length ? (
          <p className="text-sm text-muted">
            The first {count(children.length)} of {count(all)}.
          </p>
        ) : null
      }
      empty={
        <EmptyState icon={Workflow} title="It called no other flow">
          A flow that is called within a flow has a run of its own, which appears here.
        </EmptyState>
      }
    />
  );
}

function columnsOf(): Column<Child>[] {
  return [
    {
      id: "name",
      header: "Run",
      required: true,
      sortable: true,
      value: (run) => run.name,
      cell: (run) => (
        <TextLink quiet to="/runs/$id" params={{ id: run.id }}>
          {run.name}
        </TextLink>
      ),
    },
    {
      id: "flow",
      header: "Flow",
      sortable: true,
      value: (run) => run.flow_name,
      cell: (run) => run.flow_name,
    },
    {
      id: "state",
      header: "State",
      width: 160,
      sortable: true,
      value: (run) => run.state_name,
      cell: (run) => <StateBadge type={run.state_type} name={run.state_name} detail={run.state_message} />,
    },
    {
      id: "start",
      header: "Started",
      width: 120,
      sortable: true,
      firstDirection: "desc",
      value: (run) => run.start_time,
      cell: (run) => <Time value={run.start_time} format="brief" />,
    },
    {
      id: "duration",
      header: "Duration",
      width: 110,
      align: "right",
      sortable: true,
      firstDirection: "desc",
      value: (run) => run.estimated_run_time,
      cell: (run) => duration(run.start_time ? run.estimated_run_time : null),
    },
  ];
}
