import { Trash2 } from "lucide-react";
import { IconButton } from "@/design/button";
import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { Switch } from "@/design/switch";
import { Time } from "@/design/time";
import { count } from "@/lib/format";
import { Capacity } from "./capacity";
import { NumberCell } from "./number-cell";
import { MOST_WAITING, type Queue } from "./queries";
import { QueueStatus } from "./status";
import { poolTerm, queueTerm } from "./words";

export interface QueueRow extends Queue {
  readonly waiting: number | undefined;
  /** There are more, in this queue or in others. */
  readonly isCut: boolean;
}

export interface QueueActions {
  change: (queue: QueueRow, change: { priority?: number; concurrency_limit?: number | null }) => unknown;
  setPaused: (queue: QueueRow, isPaused: boolean) => unknown;
  remove: (queue: QueueRow) => void;
}

export function queueColumns(pool: string, actions: QueueActions): Column<QueueRow>[] {
  return [
    {
      id: "priority",
      header: "Priority",
      width: 96,
      required: true,
      sortable: true,
      hint: "1 goes first",
      value: ({ priority }) => priority,
      cell: (queue) => (
        <NumberCell
          label={`Priority of ${queue.name}`}
          value={queue.priority}
          least={1}
          onSave={(priority) => priority !== null && actions.change(queue, { priority })}
        />
      ),
    },
    {
      id: "name",
      header: "Queue",
      required: true,
      sortable: true,
      minWidth: 160,
      value: ({ name }) => name,
      cell: ({ name, description }) => (
        <span className="flex min-w-0 flex-col">
          <TextLink quiet to="/runs" search={{ q: `${poolTerm(pool)} ${queueTerm(name)}` }}>
            {name}
          </TextLink>
          {description ? <span className="truncate text-sm text-muted">{description}</span> : null}
        </span>
      ),
    },
    {
      id: "status",
      header: "Status",
      width: 124,
      value: ({ status }) => status,
      cell: ({ status }) => (status ? <QueueStatus status={status} /> : null),
    },
    {
      id: "active",
      header: "Running",
      width: 156,
      value: ({ active_slots }) => active_slots,
      cell: ({ name, active_slots, concurrency_limit }) => (
        <Capacity name={name} active={active_slots ?? 0} limit={concurrency_limit} />
      ),
    },
    {
      id: "limit",
      header: "Limit",
      width: 100,
      sortable: true,
      value: ({ concurrency_limit }) => concurrency_limit,
      cell: (queue) => (
        <NumberCell
          label={`Limit of ${queue.name}`}
          value={queue.concurrency_limit}
          least={0}
          none="no limit"
          onSave={(concurrency_limit) => actions.change(queue, { concurrency_limit })}
        />
      ),
    },
    {
      id: "waiting",
      header: "Waiting",
      width: 92,
      align: "right",
      hint: "Runs that are due and not taken yet",
      value: ({ waiting }) => waiting,
      cell: ({ name, waiting, isCut }) => (
        <Waiting q={`state:scheduled ${poolTerm(pool)} ${queueTerm(name)}`} waiting={waiting} isCut={isCut} />
      ),
    },
    {
      id: "polled",
      header: "Last polled",
      width: 128,
      value: ({ last_polled }) => last_polled,
      cell: ({ last_polled }) => <Time value={last_polled} empty="never" />,
    },
    {
      id: "taking",
      header: "Takes runs",
      width: 104,
      value: ({ is_paused }) => !is_paused,
      cell: (queue) => (
        <span className="flex">
          <Switch
            checked={!queue.is_paused}
            onChange={(isTaking) => actions.setPaused(queue, !isTaking)}
            label={`Queue ${queue.name} takes runs`}
            hideLabel
          />
        </span>
      ),
    },
    {
      id: "actions",
      header: "Actions",
      width: 76,
      align: "right",
      required: true,
      cell: (queue) => (
        <IconButton
          icon={Trash2}
          size="small"
          label={`Delete queue ${queue.name}`}
          onClick={() => actions.remove(queue)}
        />
      ),
    },
  ];
}

function Waiting({ q, waiting, isCut }: { q: string; waiting: number | undefined; isCut: boolean }) {
  if (waiting === undefined) return <span className="text-muted">–</span>;
  if (waiting === 0) return <span className="text-muted">{isCut ? "?" : "0"}</span>;
  return (
    <TextLink quiet to="/runs" search={{ q }} className="tabular-nums">
      {count(waiting)}
      {isCut ? <span title={`Counted among the first ${MOST_WAITING} of the pool`}>+</span> : null}
    </TextLink>
  );
}
