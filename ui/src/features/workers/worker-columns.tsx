import { CircleCheck, CircleOff, Clock3, UserX } from "lucide-react";
import { IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { cx } from "@/design/cx";
import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { StateIcon } from "@/design/state-badge";
import { Time } from "@/design/time";
import { count, duration } from "@/lib/format";
import type { WorkerRow } from "./queries";

export interface WorkerColumnOptions {
  withPool: boolean;
  forget: (worker: WorkerRow) => void;
}

const SHOWN_RUNS = 3;
/** A heartbeat may be on its way for a while. */
const CLOCK_TOLERANCE_SECONDS = 5;

export function workerColumns({ withPool, forget }: WorkerColumnOptions): Column<WorkerRow>[] {
  const columns: Column<WorkerRow>[] = [
    {
      id: "name",
      header: "Name",
      required: true,
      sortable: true,
      minWidth: 180,
      value: ({ name }) => name,
      cell: ({ name }) => <span className="truncate font-medium">{name}</span>,
    },
    {
      id: "status",
      header: "Status",
      width: 112,
      sortable: true,
      value: ({ status }) => status,
      cell: ({ status }) => <WorkerStatus status={status} />,
    },
    {
      id: "pool",
      header: "Work pool",
      minWidth: 140,
      sortable: true,
      value: ({ work_pool_name }) => work_pool_name,
      cell: ({ work_pool_name: name }) => (
        <TextLink quiet to="/work-pools/$name" params={{ name }}>
          {name}
        </TextLink>
      ),
    },
    {
      id: "type",
      header: "Type",
      width: 120,
      sortable: true,
      value: ({ work_pool_type }) => work_pool_type,
      cell: ({ work_pool_type }) => <Chip>{work_pool_type}</Chip>,
    },
    {
      id: "heartbeat",
      header: "Last heartbeat",
      width: 150,
      sortable: true,
      firstDirection: "desc",
      value: ({ last_heartbeat_time }) => last_heartbeat_time,
      cell: ({ last_heartbeat_time }) => <Time value={last_heartbeat_time} empty="never" />,
    },
    {
      id: "every",
      header: "Every",
      width: 84,
      align: "right",
      hint: "How often it says that it is there",
      value: ({ heartbeat_interval_seconds }) => heartbeat_interval_seconds,
      cell: ({ heartbeat_interval_seconds: seconds }) => (
        <span className="text-muted tabular-nums">{seconds === null ? "–" : `${seconds} s`}</span>
      ),
    },
    {
      id: "clock",
      header: "Clock",
      width: 120,
      hint: "How far its clock is off, compared with the server's",
      value: ({ clock_ahead_seconds }) => clock_ahead_seconds,
      cell: ({ clock_ahead_seconds: seconds }) => <Clock ahead={seconds} />,
    },
    {
      id: "runs",
      header: "Runs in its care",
      minWidth: 220,
      value: ({ run_count }) => run_count,
      cell: (worker) => <Runs worker={worker} />,
    },
    {
      id: "since",
      header: "Known since",
      width: 140,
      hidden: true,
      sortable: true,
      firstDirection: "desc",
      value: ({ created }) => created,
      cell: ({ created }) => <Time value={created} />,
    },
    {
      id: "actions",
      header: "Actions",
      width: 76,
      align: "right",
      required: true,
      cell: (worker) =>
        worker.status === "OFFLINE" ? (
          <IconButton
            icon={UserX}
            size="small"
            label={`Forget ${worker.name}`}
            onClick={() => forget(worker)}
          />
        ) : null,
    },
  ];
  return withPool ? columns : columns.filter(({ id }) => id !== "pool" && id !== "type");
}

function WorkerStatus({ status }: { status: WorkerRow["status"] }) {
  const isOnline = status === "ONLINE";
  const Icon = isOnline ? CircleCheck : CircleOff;
  return (
    <span className="flex w-fit items-center gap-1.5 whitespace-nowrap">
      <Icon aria-hidden className={cx("size-4 shrink-0", isOnline ? "text-success" : "text-muted")} />
      {isOnline ? "Online" : "Offline"}
    </span>
  );
}

function Clock({ ahead }: { ahead: number | null }) {
  if (ahead === null) return <span className="text-muted">–</span>;
  if (Math.abs(ahead) < CLOCK_TOLERANCE_SECONDS) return <span className="text-muted">right</span>;
  return (
    <span className="flex w-fit items-center gap-1.5 whitespace-nowrap">
      <Clock3 aria-hidden className="size-4 shrink-0 text-warning" />
      {`${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"}`}
    </span>
  );
}

function Runs({ worker }: { worker: WorkerRow }) {
  const { runs, run_count: all } = worker;
  if (all === 0) return <span className="text-muted">none</span>;
  const shown = runs.slice(0, SHOWN_RUNS);
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-0.5">
      {shown.map((run) => (
        <span key={run.id} className="inline-flex min-w-0 items-center gap-1">
          <StateIcon type={run.state_type} name={run.state_name} />
          <TextLink quiet to="/runs/$id" params={{ id: run.id }} className="truncate font-normal!">
            {run.name}
          </TextLink>
        </span>
      ))}
      {all > shown.length ? (
        <span className="text-sm text-muted">and {count(all - shown.length)} more</span>
      ) : null}
    </span>
  );
}
