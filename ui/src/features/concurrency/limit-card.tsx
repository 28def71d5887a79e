import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Card } from "@/design/card";
import { Chip } from "@/design/chip";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { quietLinkClass } from "@/design/link";
import { ProgressBar } from "@/design/progress-bar";
import { StateBadge } from "@/design/state-badge";
import { Time } from "@/design/time";
import { plural } from "@/lib/format";
import { KINDS, standing } from "./limits";
import type { ConcurrencyLimit, RunBrief, SlotHolder } from "./queries";

/** A place held for a client that knows no leases is given back by the run's states alone: see `domain/leases.py`. */
const lastsWithState = (expires: string) => Date.parse(expires) - Date.now() > 365 * 86_400_000;

function RunLink({ run }: { run: RunBrief }) {
  return (
    <Link to="/runs/$id" params={{ id: run.id }} className={`truncate ${quietLinkClass}`}>
      {run.name}
    </Link>
  );
}

// The columns of who waits stand below those of who is in.
const [STATE, SINCE, LEASE, HOLDER] = [150, 130, 150, 260];

const HOLDERS: Column<SlotHolder>[] = [
  { id: "run", header: "Occupied by", minWidth: 160, cell: ({ run }) => <RunLink run={run} /> },
  {
    id: "state",
    header: "State",
    width: STATE,
    cell: ({ run }) => <StateBadge type={run.state_type} name={run.state_name} />,
  },
  { id: "since", header: "Since", width: SINCE, cell: ({ since }) => <Time value={since} /> },
  {
    id: "expires",
    header: "Lease until",
    hint: "Not renewed by then, the run is taken for crashed and the place is given on.",
    width: LEASE,
    cell: ({ expires }) =>
      lastsWithState(expires) ? (
        <span className="text-muted">its state ends it</span>
      ) : (
        <Time value={expires} />
      ),
  },
  {
    id: "holder",
    header: "Held by",
    width: HOLDER,
    cell: ({ holder }) => (
      <span className="truncate text-muted" title={holder}>
        {holder}
      </span>
    ),
  },
];

const WAITERS: Column<RunBrief>[] = [
  { id: "run", header: "Waiting, next first", minWidth: 160, cell: (run) => <RunLink run={run} /> },
  {
    id: "state",
    header: "State",
    width: STATE,
    cell: (run) => <StateBadge type={run.state_type} name={run.state_name} />,
  },
  {
    id: "expected",
    header: "Expected",
    width: SINCE + LEASE + HOLDER,
    cell: (run) => <Time value={run.expected_start_time} />,
  },
];

/** One limit: how full it is, who is in it, who waits. `name` links to what is limited. */
export function LimitCard({ limit, name }: { limit: ConcurrencyLimit; name: ReactNode }) {
  const { text, tone } = standing(limit);
  const { holders, waiters, active, waiting } = limit;
  const title = (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
      <span className="min-w-0 break-words">{name}</span>
      <span className="text-sm font-normal text-muted">{KINDS[limit.kind]}</span>
      <Chip tone={tone}>{text}</Chip>
    </span>
  );
  return (
    <Card title={title} flush>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
        <ProgressBar limit value={active} max={limit.limit} label="Places taken" className="max-w-64 grow" />
        <span className="tabular-nums">
          {active} of {limit.limit} taken
        </span>
        {waiting > 0 ? <span className="text-muted">{plural(waiting, "run")} waiting</span> : null}
      </div>
      {holders.length > 0 ? (
        <DataTable
          id={`holders-${limit.subject.id}`}
          label={`Runs that occupy ${limit.subject.name}`}
          noun="holder"
          columns={HOLDERS}
          rows={holders}
          rowId={({ run, since }) => `${run.id} ${since}`}
          bare
          height="auto"
          keys={false}
        />
      ) : null}
      {waiters.length > 0 ? (
        <DataTable
          id={`waiters-${limit.subject.id}`}
          label={`Runs that wait for ${limit.subject.name}`}
          noun="waiting run"
          columns={WAITERS}
          rows={waiters}
          rowId={({ id }) => id}
          bare
          height="auto"
          keys={false}
        />
      ) : null}
    </Card>
  );
}
