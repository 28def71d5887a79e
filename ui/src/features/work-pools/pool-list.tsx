import { useNavigate } from "@tanstack/react-router";
import { Server } from "lucide-react";
import { useMemo } from "react";
import { DataTable } from "@/design/data-table/data-table";
import { EmptyState } from "@/design/empty-state";
import { LinkButton } from "@/design/link";
import { TextAndStatus, useNarrowing } from "@/design/list-filters";
import { poolColumns } from "./pool-columns";
import type { PoolRow } from "./queries";
import { usePoolActions } from "./use-pool-actions";
import { usePoolRows } from "./use-pool-rows";

const STATUSES = [
  { value: "READY", label: "Ready" },
  { value: "NOT_READY", label: "No worker" },
  { value: "PAUSED", label: "Paused" },
];

/** All work pools: how they are, how busy they are, what can be done about it. */
export function PoolList() {
  const narrowing = useNarrowing();
  const { text, statuses } = narrowing;
  const navigate = useNavigate();
  const { data, error, refetch } = usePoolRows();
  const actions = usePoolActions();
  const { setPaused, copyCommand, edit, remove, dialogs } = actions;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what they do is the same each time they are made
  const columns = useMemo(
    () =>
      poolColumns({
        setPaused,
        copyCommand,
        edit,
        remove,
        duplicate: ({ name }) => void navigate({ to: "/work-pools/new", search: { from: name } }),
      }),
    [],
  );
  const rows = useMemo(() => data?.filter((row) => fits(row, text, statuses)), [data, text, statuses]);
  return (
    <>
      <DataTable
        id="work-pools"
        label="Work pools"
        noun="work pool"
        columns={columns}
        rows={rows}
        rowId={({ id }) => id}
        error={error}
        onRetry={refetch}
        empty={
          data?.length ? (
            <EmptyState compact title="No work pool is like that" />
          ) : (
            <EmptyState
              icon={Server}
              title="There is no work pool yet"
              command="penstock work-pool create local --type process"
              action={
                <LinkButton kind="primary" to="/work-pools/new">
                  New work pool
                </LinkButton>
              }
            >
              A pool says where runs go, and holds the defaults of their infrastructure.
            </EmptyState>
          )
        }
        toolbar={<TextAndStatus label="Filter work pools" options={STATUSES} {...narrowing} />}
      />
      {dialogs}
    </>
  );
}

function fits(row: PoolRow, text: string, statuses: readonly string[]): boolean {
  const wanted = text.toLowerCase();
  const said = [row.name, row.type, row.description ?? ""].join(" ").toLowerCase();
  return said.includes(wanted) && (!statuses.length || statuses.includes(row.status));
}
