import { Link } from "@tanstack/react-router";
import { Unlock } from "lucide-react";
import { IconButton } from "@/design/button";
import type { Column } from "@/design/data-table/types";
import { quietLinkClass } from "@/design/link";
import { StateBadge } from "@/design/state-badge";
import { Time } from "@/design/time";
import { endOf } from "./limits";
import type { SlotHolder, Waiter } from "./queries";

type Someone = SlotHolder | Waiter;

/** A run, a task run and the run that it is in, or a deployment; each leads to its page. */
function Who(each: Someone) {
  const { run, task_run } = each;
  const deployment = "deployment" in each ? each.deployment : undefined;
  const holder = "holder" in each ? each.holder : undefined;
  const link = `min-w-0 truncate ${quietLinkClass}`;
  return (
    <span className="flex min-w-0 items-baseline gap-1.5">
      {task_run ? (
        <Link to="/task-runs/$id" params={{ id: task_run.id }} className={link}>
          {task_run.name}
        </Link>
      ) : null}
      {task_run && run ? <span className="shrink-0 text-sm text-muted">in</span> : null}
      {run ? (
        <Link to="/runs/$id" params={{ id: run.id }} className={link}>
          {run.name}
        </Link>
      ) : null}
      {deployment ? (
        <Link to="/deployments/$id" params={{ id: deployment.id }} className={link}>
          {deployment.within} / {deployment.name}
        </Link>
      ) : null}
      {run || task_run || deployment ? null : (
        <span className="truncate text-muted" title={holder ?? undefined}>
          {holder ?? "nobody known"}
        </span>
      )}
    </span>
  );
}

function State({ run, task_run }: Someone) {
  const of = task_run ?? run;
  return of ? (
    <StateBadge type={of.state_type} name={of.state_name} />
  ) : (
    <span className="text-muted">–</span>
  );
}

// The columns of who waits stand below those of who is in.
const [STATE, SINCE, LEASE, HOLDER, SLOTS, ACTION] = [150, 130, 160, 280, 70, 90];

/** With `release`, of limits whose slots are counted, and can be taken from who holds them. */
export function holderColumns(release?: (holder: SlotHolder) => void): Column<SlotHolder>[] {
  const columns: Column<SlotHolder>[] = [
    {
      id: "run",
      header: release ? "Held by" : "Occupied by",
      minWidth: 160,
      cell: (each) => <Who {...each} />,
    },
    { id: "state", header: "State", width: STATE, cell: (each) => <State {...each} /> },
    { id: "since", header: "Since", width: SINCE, cell: ({ since }) => <Time value={since} /> },
    {
      id: "expires",
      header: "Lease until",
      hint: release
        ? "Not renewed by then, the slots are free again."
        : "Not renewed by then, the run is taken for crashed and the place is given on.",
      width: LEASE,
      cell: (each) => {
        const end = endOf(each, Date.now());
        return end ? <span className="text-muted">{end}</span> : <Time value={each.expires} />;
      },
    },
    {
      id: "holder",
      header: release ? "Process" : "Held by",
      width: release ? HOLDER - SLOTS - ACTION : HOLDER,
      cell: (each) => (
        <span className="truncate text-muted" title={each.holder ?? undefined}>
          {each.run || !release ? each.holder : null}
        </span>
      ),
    },
  ];
  if (!release) return columns;
  return [
    ...columns,
    { id: "slots", header: "Slots", width: SLOTS, align: "right", cell: ({ slots }) => slots },
    {
      id: "release",
      header: "Release",
      width: ACTION,
      align: "right",
      required: true,
      cell: (each) => (
        <IconButton
          icon={Unlock}
          size="small"
          label={`Release the slots of ${each.task_run?.name ?? each.run?.name ?? each.deployment?.name ?? each.holder ?? "nobody known"}`}
          onClick={() => release(each)}
        />
      ),
    },
  ];
}

export const WAITERS: Column<Waiter>[] = [
  { id: "run", header: "Waiting, next first", minWidth: 160, cell: (each) => <Who {...each} /> },
  { id: "state", header: "State", width: STATE, cell: (each) => <State {...each} /> },
  {
    id: "since",
    header: "Waits since",
    hint: "When the run was due; for a task run, when it became pending.",
    width: SINCE + LEASE + HOLDER,
    cell: ({ since }) => <Time value={since} />,
  },
];
