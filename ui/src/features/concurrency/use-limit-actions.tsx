import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { toast, toastError } from "@/design/toast";
import { plural } from "@/lib/format";
import { LimitDialog } from "./limit-dialog";
import { meaningOfRelease } from "./limits";
import {
  type ConcurrencyLimit,
  deleteLimit,
  limitsQuery,
  releaseHolder,
  type SlotHolder,
  updateLimit,
} from "./queries";

export interface LimitActions {
  edit: (limit: ConcurrencyLimit) => void;
  remove: (limit: ConcurrencyLimit) => void;
  release: (limit: ConcurrencyLimit, holder: SlotHolder) => void;
  switchTo: (limit: ConcurrencyLimit, isOn: boolean) => unknown;
}

/** What can be done to limits with a name and of tags, with the dialogs for it. */
export function useLimitActions() {
  const client = useQueryClient();
  const [isNew, setNew] = useState(false);
  const [edited, setEdited] = useState<ConcurrencyLimit>();
  const [doomed, setDoomed] = useState<ConcurrencyLimit>();
  const [held, setHeld] = useState<{ limit: ConcurrencyLimit; holder: SlotHolder }>();
  const refresh = () => client.invalidateQueries({ queryKey: limitsQuery.queryKey });
  const switchTo = async (limit: ConcurrencyLimit, isOn: boolean, isUndo = false) => {
    const { id, name } = limit.subject;
    try {
      await updateLimit(id, { active: isOn });
      await refresh();
      if (isUndo) return;
      toast({
        title: isOn ? `Switched on ${name}` : `Switched off ${name}`,
        detail: isOn ? undefined : "It lets everybody through.",
        undo: () => switchTo(limit, !isOn, true),
      });
    } catch (error) {
      toastError(error, isOn ? `${name} was not switched on.` : `${name} was not switched off.`);
    }
  };
  const actions: LimitActions = {
    edit: setEdited,
    remove: setDoomed,
    release: (limit, holder) => setHeld({ limit, holder }),
    switchTo: (limit, isOn) => switchTo(limit, isOn),
  };
  const dialogs = (
    <>
      {isNew ? <LimitDialog onSaved={refresh} onClose={() => setNew(false)} /> : null}
      {edited ? <LimitDialog limit={edited} onSaved={refresh} onClose={() => setEdited(undefined)} /> : null}
      {doomed ? (
        <DeleteDialog limit={doomed} onDeleted={refresh} onClose={() => setDoomed(undefined)} />
      ) : null}
      {held ? <ReleaseDialog {...held} onReleased={refresh} onClose={() => setHeld(undefined)} /> : null}
    </>
  );
  return { actions, create: () => setNew(true), dialogs };
}

interface DeleteProps {
  limit: ConcurrencyLimit;
  onDeleted: () => unknown;
  onClose: () => void;
}

function DeleteDialog({ limit: { kind, subject }, onDeleted, onClose }: DeleteProps) {
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Delete the limit ${subject.name}?`}
      confirm="Delete limit"
      danger
      onConfirm={async () => {
        await deleteLimit(subject.id);
        toast({ title: `Deleted the limit ${subject.name}` });
        await onDeleted();
      }}
    >
      Whoever holds slots goes on undisturbed, and whoever waits begins.{" "}
      {kind === "tag"
        ? "Any number of task runs with the tag run at once from then on."
        : "Its name limits nothing from then on, and rate limits that need it fail."}
    </ConfirmDialog>
  );
}

interface ReleaseProps {
  limit: ConcurrencyLimit;
  holder: SlotHolder;
  onReleased: () => unknown;
  onClose: () => void;
}

function ReleaseDialog({ limit: { subject }, holder, onReleased, onClose }: ReleaseProps) {
  const slots = plural(holder.slots, "slot");
  const who = holder.task_run?.name ?? holder.run?.name ?? holder.deployment?.name ?? holder.holder;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Release ${slots} of ${subject.name}?`}
      confirm={`Release ${slots}`}
      danger
      onConfirm={async () => {
        const released = await releaseHolder(subject.id, holder.id ?? "");
        toast({ title: `Released ${slots} of ${subject.name}`, detail: released.text });
        await onReleased();
      }}
    >
      <p>
        {who ? (
          <>
            <strong className="font-semibold break-words">{who}</strong> holds {slots}. Whoever waits is next.
          </>
        ) : (
          "Nobody known holds them. Whoever waits is next."
        )}
      </p>
      <p>{meaningOfRelease(holder)} It may run beside whoever is next.</p>
      <p className="text-muted">The audit log keeps that it was you.</p>
    </ConfirmDialog>
  );
}
