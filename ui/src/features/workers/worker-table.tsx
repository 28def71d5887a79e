import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Cpu } from "lucide-react";
import { useMemo, useState } from "react";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { DataTable } from "@/design/data-table/data-table";
import { EmptyState } from "@/design/empty-state";
import { TextAndStatus, useNarrowing } from "@/design/list-filters";
import { toast } from "@/design/toast";
import { forgetWorker, type WorkerRow, workersQuery } from "./queries";
import { workerColumns } from "./worker-columns";

const STATUSES = [
  { value: "ONLINE", label: "Online" },
  { value: "OFFLINE", label: "Offline" },
];

export interface WorkerTableProps {
  /** Of this pool only. */
  pool?: string | undefined;
  /** What starts a worker, for where there is none. */
  command: string;
}

/** Workers, when they were heard of last, and what they run. */
export function WorkerTable({ pool, command }: WorkerTableProps) {
  const narrowing = useNarrowing();
  const { text, statuses } = narrowing;
  const [forgotten, setForgotten] = useState<WorkerRow>();
  const { data, error, refetch } = useQuery(workersQuery(pool));
  const columns = useMemo(
    () => workerColumns({ withPool: pool === undefined, forget: setForgotten }),
    [pool],
  );
  const rows = useMemo(() => data?.filter((row) => fits(row, text, statuses)), [data, text, statuses]);
  return (
    <>
      <DataTable
        id={pool === undefined ? "workers" : "pool-workers"}
        label={pool === undefined ? "Workers" : `Workers of ${pool}`}
        noun="worker"
        columns={columns}
        rows={rows}
        rowId={({ id }) => id}
        error={error}
        onRetry={refetch}
        empty={
          data?.length ? (
            <EmptyState compact title="No worker is like that" />
          ) : (
            <EmptyState
              icon={Cpu}
              title={pool === undefined ? "No worker was ever heard of" : `No worker of ${pool} was heard of`}
              command={command}
            >
              A worker takes runs from a pool and starts each on the pool’s infrastructure.
            </EmptyState>
          )
        }
        toolbar={<TextAndStatus label="Filter workers" options={STATUSES} {...narrowing} />}
      />
      {forgotten ? <ForgetDialog worker={forgotten} onClose={() => setForgotten(undefined)} /> : null}
    </>
  );
}

function fits(row: WorkerRow, text: string, statuses: readonly string[]): boolean {
  const said = [row.name, row.work_pool_name, row.work_pool_type].join(" ").toLowerCase();
  return said.includes(text.toLowerCase()) && (!statuses.length || statuses.includes(row.status));
}

function ForgetDialog({ worker, onClose }: { worker: WorkerRow; onClose: () => void }) {
  const client = useQueryClient();
  const forget = async () => {
    await forgetWorker(worker);
    await client.invalidateQueries({ queryKey: ["workers"] });
    await client.invalidateQueries({ queryKey: ["work_pools"] });
    toast({ title: `Forgot the worker ${worker.name}` });
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Forget ${worker.name}?`}
      confirm="Forget"
      onConfirm={forget}
    >
      It goes from the list. Should it still run, it is known again with its next heartbeat.
    </ConfirmDialog>
  );
}
