import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/design/button";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { DataTable } from "@/design/data-table/data-table";
import { EmptyState } from "@/design/empty-state";
import { FilterBar } from "@/design/filter-bar";
import { useNarrowing } from "@/design/list-filters";
import { SearchField } from "@/design/text-field";
import { toast, toastError } from "@/design/toast";
import { deleteQueue, queuesQuery, updateQueue, waitingQuery } from "./queries";
import { type QueueActions, type QueueRow, queueColumns } from "./queue-columns";
import { QueueDialog } from "./queue-dialog";

/** The queues of a pool, those that go first first. */
export function QueueTable({ pool }: { pool: string }) {
  const { text, narrow } = useNarrowing();
  const [isAdding, setAdding] = useState(false);
  const { rows, error, refetch } = useRows(pool, text);
  const { doomed, setDoomed, actions, refresh } = useQueueActions(pool);
  const columns = useMemo(() => queueColumns(pool, actions), [pool, actions]);
  return (
    <>
      <DataTable
        id="work-queues"
        label={`Queues of ${pool}`}
        noun="queue"
        columns={columns}
        rows={rows}
        rowId={({ id }) => id}
        error={error}
        onRetry={refetch}
        empty={
          text ? (
            <EmptyState compact title="No queue is called so" />
          ) : (
            <EmptyState compact title="The pool has no queue" />
          )
        }
        toolbar={
          <FilterBar>
            <SearchField label="Filter queues" value={text} onChange={(q) => narrow({ q: q || undefined })} />
            <Button icon={Plus} onClick={() => setAdding(true)}>
              Add queue
            </Button>
          </FilterBar>
        }
      />
      {isAdding ? <QueueDialog pool={pool} onSaved={refresh} onClose={() => setAdding(false)} /> : null}
      {doomed ? (
        <ConfirmDialog
          open
          onOpenChange={(open) => open || setDoomed(undefined)}
          title={`Delete the queue ${doomed.name}?`}
          confirm="Delete queue"
          danger
          onConfirm={async () => {
            await deleteQueue(pool, doomed.name);
            toast({ title: `Deleted the queue ${doomed.name}` });
            await refresh();
          }}
        >
          Runs that wait in it will be cancelled; deployments that use it need another one.
        </ConfirmDialog>
      ) : null}
    </>
  );
}

function useRows(pool: string, text: string) {
  const { data, error, refetch } = useQuery(queuesQuery(pool));
  const { data: waiting } = useQuery(waitingQuery(pool));
  const rows = useMemo(
    () =>
      data
        ?.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
        .map(
          (queue): QueueRow => ({
            ...queue,
            waiting: waiting && (waiting.counts[queue.id] ?? 0),
            isCut: waiting?.isCut ?? false,
          }),
        ),
    [data, waiting, text],
  );
  return { rows, error, refetch };
}

function useQueueActions(pool: string) {
  const client = useQueryClient();
  const [doomed, setDoomed] = useState<QueueRow>();
  const { actions, refresh } = useMemo(() => {
    const refresh = async () => {
      await client.invalidateQueries({ queryKey: ["work_queues"] });
      await client.invalidateQueries({ queryKey: ["work_pools"] });
    };
    const update = async (
      name: string,
      change: Parameters<typeof updateQueue>[2],
      told: string,
      undo?: () => unknown,
    ) => {
      try {
        await updateQueue(pool, name, change);
        await refresh();
        if (undo) toast({ title: told, undo });
      } catch (error) {
        toastError(error, `The queue ${name} was not changed.`);
      }
    };
    const actions: QueueActions = {
      change: ({ name, priority, concurrency_limit }, change) => {
        const before = "priority" in change ? { priority } : { concurrency_limit };
        return update(name, change, `Changed the queue ${name}`, () => update(name, before, ""));
      },
      setPaused: ({ name }, is_paused) =>
        update(name, { is_paused }, `${is_paused ? "Paused" : "Resumed"} the queue ${name}`, () =>
          update(name, { is_paused: !is_paused }, ""),
        ),
      remove: setDoomed,
    };
    return { actions, refresh };
  }, [client, pool]);
  return { doomed, setDoomed, actions, refresh };
}
