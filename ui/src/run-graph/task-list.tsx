import { useMemo } from "react";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { StateBadge } from "@/design/state-badge";
import { stateLabel } from "@/design/states";
import { Time } from "@/design/time";
import { count, duration } from "@/lib/format";
import { stateOf, tookOf } from "./describe";
import { type Model, queuedFor } from "./model";

interface TaskListProps {
  model: Model;
  match: Uint8Array | null;
  now: number;
  linkTo: (index: number) => React.ReactNode;
}

/** The same task runs as a table: for screen readers, and for whoever likes tables. */
export function TaskList({ model, match, now, linkTo }: TaskListProps) {
  const rows = useMemo(() => {
    const all = Array.from({ length: model.size }, (_, index) => index);
    return match ? all.filter((index) => match[index]) : all;
  }, [model, match]);
  const columns = useMemo(() => columnsOf(model, now, linkTo), [model, now, linkTo]);
  return (
    <DataTable
      id="timeline"
      label="Task runs"
      noun="task run"
      columns={columns}
      rows={rows}
      rowId={(index) => model.timeline.ids[index] ?? String(index)}
      total={rows.length}
      empty={<EmptyState title="No task run matches" compact />}
    />
  );
}

function columnsOf(model: Model, now: number, linkTo: TaskListProps["linkTo"]): Column<number>[] {
  const origin = Date.parse(model.timeline.origin);
  const begun = (index: number) => model.begun[index] as number;
  const startOf = (index: number) => (Number.isNaN(begun(index)) ? null : origin + begun(index));
  return [
    {
      id: "name",
      header: "Task run",
      cell: linkTo,
      value: (index) => model.timeline.labels[index],
      sortable: true,
      required: true,
      minWidth: 180,
    },
    {
      id: "state",
      header: "State",
      cell: (index) => <StateBadge {...stateOf(model, index)} />,
      value: (index) => stateLabel(stateOf(model, index).type, stateOf(model, index).name),
      sortable: true,
      width: 150,
    },
    {
      id: "start",
      header: "Started",
      cell: (index) => <Time value={startOf(index)} format="brief" />,
      value: startOf,
      sortable: true,
      width: 120,
    },
    {
      id: "duration",
      header: "Duration",
      cell: (index) => duration(tookOf(model, index, now)),
      value: (index) => tookOf(model, index, now) ?? null,
      sortable: true,
      firstDirection: "desc",
      align: "right",
      width: 110,
    },
    {
      id: "waited",
      header: "Waited",
      cell: (index) => duration(queuedFor(model, index, now) / 1000),
      value: (index) => queuedFor(model, index, now) / 1000,
      sortable: true,
      firstDirection: "desc",
      align: "right",
      width: 100,
    },
    {
      id: "attempts",
      header: "Attempts",
      cell: (index) => count(model.timeline.attempts[index] ?? 0),
      value: (index) => model.timeline.attempts[index],
      sortable: true,
      firstDirection: "desc",
      align: "right",
      width: 95,
    },
  ];
}
