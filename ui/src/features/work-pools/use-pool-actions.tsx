import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { copyWithToast } from "@/design/copy-with-toast";
import { toast, toastError } from "@/design/toast";
import { plural } from "@/lib/format";
import { deletePool, type PoolRow, updatePool } from "./queries";
import { SettingsDialog } from "./settings-dialog";
import { workerCommand } from "./words";

type Acted = Pick<
  PoolRow,
  "name" | "type" | "is_paused" | "description" | "concurrency_limit" | "deployments" | "waiting"
>;

/** What can be done to a pool, with the dialogs for it. */
export function usePoolActions(onDeleted?: () => void) {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Acted>();
  const [doomed, setDoomed] = useState<Acted>();
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["work_pools"] }),
      client.invalidateQueries({ queryKey: ["work_queues"] }),
    ]);
  const setPaused = async (name: string, isPaused: boolean, isUndo = false) => {
    try {
      await updatePool(name, { is_paused: isPaused });
      await refresh();
      if (isUndo) return;
      toast({
        title: isPaused ? `Paused ${name}` : `Resumed ${name}`,
        detail: isPaused ? "Workers take no more runs from it; what runs goes on." : undefined,
        undo: () => setPaused(name, !isPaused, true),
      });
    } catch (error) {
      toastError(error, isPaused ? `${name} was not paused.` : `${name} was not resumed.`);
    }
  };
  const copyCommand = (name: string) =>
    copyWithToast(workerCommand(name), "the command", workerCommand(name));
  const dialogs = (
    <>
      {editing ? (
        <SettingsDialog pool={editing} onSaved={refresh} onClose={() => setEditing(undefined)} />
      ) : null}
      {doomed ? (
        <ConfirmDialog
          open
          onOpenChange={(open) => open || setDoomed(undefined)}
          title={`Delete ${doomed.name}?`}
          confirm="Delete work pool"
          typed={doomed.name}
          danger
          onConfirm={async () => {
            await deletePool(doomed.name);
            toast({ title: `Deleted the work pool ${doomed.name}` });
            onDeleted?.();
            await refresh();
          }}
        >
          <p>{consequences(doomed)}</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
  return { setPaused, copyCommand, edit: setEditing, remove: setDoomed, dialogs };
}

function consequences({ deployments, waiting }: Acted): string {
  const parts = ["Its queues and its template go with it."];
  if (waiting)
    parts.push(`${plural(waiting, "run")} that ${waiting === 1 ? "waits" : "wait"} in it will be cancelled.`);
  if (deployments) parts.push(`${plural(deployments, "deployment")} will have no work pool.`);
  return [...parts, "Runs under way go on."].join(" ");
}
