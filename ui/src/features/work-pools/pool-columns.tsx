import { Copy, CopyPlus, Ellipsis, Pencil, SquareTerminal, Trash2 } from "lucide-react";
import { IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { cx } from "@/design/cx";
import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { Menu } from "@/design/menu";
import { Switch } from "@/design/switch";
import { Time } from "@/design/time";
import { count } from "@/lib/format";
import { Capacity } from "./capacity";
import type { PoolRow } from "./queries";
import { PoolStatus } from "./status";
import { poolTerm } from "./words";

export interface PoolRowActions {
  setPaused: (name: string, isPaused: boolean) => unknown;
  copyCommand: (name: string) => unknown;
  edit: (row: PoolRow) => void;
  duplicate: (row: PoolRow) => void;
  remove: (row: PoolRow) => void;
}

const NUMBER = { align: "right", sortable: true, firstDirection: "desc" } as const;
const quiet = (value: number) => cx("tabular-nums", value === 0 && "text-muted");

export function poolColumns(actions: PoolRowActions): Column<PoolRow>[] {
  return [
    {
      id: "name",
      header: "Name",
      required: true,
      sortable: true,
      minWidth: 160,
      value: ({ name }) => name,
      cell: ({ name, description }) => (
        <span className="flex min-w-0 flex-col">
          <TextLink quiet to="/work-pools/$name" params={{ name }} className="truncate">
            {name}
          </TextLink>
          {description ? <span className="truncate text-sm text-muted">{description}</span> : null}
        </span>
      ),
    },
    {
      id: "type",
      header: "Type",
      width: 108,
      sortable: true,
      value: ({ type }) => type,
      cell: ({ type }) => <Chip>{type}</Chip>,
    },
    {
      id: "status",
      header: "Status",
      width: 156,
      sortable: true,
      hint: "The switch pauses a pool: workers take no more runs from it",
      value: ({ status }) => status,
      cell: ({ name, is_paused, status }) => (
        <span className="flex items-center gap-2.5">
          <Switch
            checked={!is_paused}
            onChange={(isTaking) => actions.setPaused(name, !isTaking)}
            label={`${name} takes runs`}
            hideLabel
          />
          <PoolStatus status={status} />
        </span>
      ),
    },
    {
      id: "workers",
      header: "Workers",
      width: 124,
      hint: "Online; those not heard of lately are off",
      value: (row) => row.workers_online,
      cell: (row) => <Workers row={row} />,
    },
    {
      id: "active",
      header: "Running / limit",
      width: 138,
      value: ({ active }) => active,
      cell: ({ name, active, concurrency_limit }) => (
        <Capacity name={name} active={active} limit={concurrency_limit} />
      ),
    },
    {
      id: "waiting",
      header: "Waiting",
      width: 104,
      sortable: true,
      firstDirection: "desc",
      hint: "Runs that are due and not taken yet, and how many of them are late",
      value: ({ waiting }) => waiting,
      cell: (row) => <Waiting row={row} />,
    },
    {
      id: "late",
      header: "Late",
      width: 80,
      ...NUMBER,
      hidden: true,
      value: ({ late }) => late,
      cell: ({ late }) => <span className={quiet(late)}>{count(late)}</span>,
    },
    {
      id: "queues",
      header: "Queues",
      width: 76,
      align: "right",
      value: ({ queues }) => queues,
      cell: ({ queues }) => <span className={quiet(queues)}>{count(queues)}</span>,
    },
    {
      id: "deployments",
      header: "Deployments",
      width: 116,
      align: "right",
      value: ({ deployments }) => deployments,
      cell: ({ deployments }) => <span className={quiet(deployments)}>{count(deployments)}</span>,
    },
    {
      id: "polled",
      header: "Last polled",
      width: 108,
      value: ({ last_polled }) => last_polled,
      cell: ({ last_polled }) => <Time value={last_polled} empty="never" />,
    },
    {
      id: "actions",
      header: "Actions",
      width: 78,
      align: "right",
      required: true,
      cell: (row) => <RowMenu row={row} actions={actions} />,
    },
  ];
}

function Waiting({ row: { name, waiting, late } }: { row: PoolRow }) {
  if (waiting === 0 && late === 0) return <span className="text-muted">0</span>;
  return (
    <span className="whitespace-nowrap tabular-nums">
      <TextLink quiet to="/runs" search={{ q: `state:scheduled ${poolTerm(name)}` }}>
        {count(waiting)}
      </TextLink>
      {late ? (
        <>
          <span className="text-muted"> · </span>
          <TextLink
            quiet
            to="/runs"
            search={{ q: `state:late ${poolTerm(name)}` }}
            className="font-normal! text-warning!"
          >
            {count(late)} late
          </TextLink>
        </>
      ) : null}
    </span>
  );
}

function Workers({ row }: { row: PoolRow }) {
  const { workers_online: online, workers_offline: offline, status } = row;
  if (online + offline === 0) return <span className="text-muted">none</span>;
  return (
    <span className="whitespace-nowrap tabular-nums">
      <span className={cx(online === 0 && status !== "PAUSED" && "text-warning")}>
        {count(online)} online
      </span>
      {offline ? <span className="text-sm text-muted"> · {count(offline)} off</span> : null}
    </span>
  );
}

function RowMenu({ row, actions }: { row: PoolRow; actions: PoolRowActions }) {
  return (
    <Menu
      label={`Actions for ${row.name}`}
      trigger={<IconButton icon={Ellipsis} size="small" label={`Actions for ${row.name}`} />}
      groups={[
        [
          {
            id: "command",
            label: "Copy worker command",
            icon: SquareTerminal,
            onSelect: () => void actions.copyCommand(row.name),
          },
          {
            id: "edit",
            label: "Edit description and limit…",
            icon: Pencil,
            onSelect: () => actions.edit(row),
          },
          { id: "duplicate", label: "Duplicate…", icon: CopyPlus, onSelect: () => actions.duplicate(row) },
          {
            id: "copy",
            label: "Copy id",
            icon: Copy,
            onSelect: () => void navigator.clipboard?.writeText(row.id),
          },
        ],
        [{ id: "delete", label: "Delete…", icon: Trash2, danger: true, onSelect: () => actions.remove(row) }],
      ]}
    />
  );
}
