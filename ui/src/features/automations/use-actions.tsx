import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { toast, toastError } from "@/design/toast";
import { draftFrom } from "./draft";
import { createAutomation, deleteAutomation, setEnabled } from "./queries";

type Acted = { readonly id: string; readonly name: string };

/** What can be done to an automation, with the dialogs for it. */
export function useAutomationActions(onDeleted?: () => void) {
  const client = useQueryClient();
  const [doomed, setDoomed] = useState<Acted & Record<string, unknown>>();
  const refresh = () => client.invalidateQueries({ queryKey: ["automations"] });
  const enable = async ({ id, name }: Acted, enabled: boolean, isUndo = false) => {
    try {
      await setEnabled(id, enabled);
      await refresh();
      if (isUndo) return;
      toast({
        title: enabled ? `Switched on ${name}` : `Switched off ${name}`,
        detail: enabled ? "It begins anew: what it had counted is forgotten." : "Nothing will make it fire.",
        undo: () => enable({ id, name }, !enabled, true),
      });
    } catch (error) {
      toastError(error, enabled ? `${name} was not switched on.` : `${name} was not switched off.`);
    }
  };
  const remove = async (gone: Acted & Record<string, unknown>) => {
    await deleteAutomation(gone.id);
    onDeleted?.();
    await refresh();
    const undo = async () => {
      await createAutomation(draftFrom(gone).value);
      await refresh();
    };
    toast({ title: `Deleted the automation ${gone.name}`, undo });
  };
  const dialogs = doomed ? (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || setDoomed(undefined)}
      title={`Delete ${doomed.name}?`}
      confirm="Delete"
      danger
      onConfirm={() => remove(doomed)}
    >
      Its log of firings goes with it. Runs that it has started go on.
    </ConfirmDialog>
  ) : null;
  return { enable, remove: setDoomed, dialogs };
}
