import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/design/button";
import { Dialog } from "@/design/dialog";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { NumberField, TextArea } from "@/design/text-field";
import { toast } from "@/design/toast";
import { type PoolRow, updatePool } from "./queries";

export interface SettingsDialogProps {
  pool: Pick<PoolRow, "name" | "description" | "concurrency_limit">;
  onSaved: () => unknown;
  onClose: () => void;
}

/** Edits what a pool says about itself; its template has a page of its own. */
export function SettingsDialog({ pool, onSaved, onClose }: SettingsDialogProps) {
  const [description, setDescription] = useState(pool.description ?? "");
  const [limit, setLimit] = useState(pool.concurrency_limit);
  const save = useMutation({
    mutationFn: () =>
      updatePool(pool.name, { description: description.trim() || null, concurrency_limit: limit }),
    onSuccess: async () => {
      await onSaved();
      toast({ title: `Saved ${pool.name}` });
      onClose();
    },
  });
  const isNegative = limit !== null && limit < 0;
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Edit ${pool.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="pool-settings" busy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="pool-settings"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isNegative) save.mutate();
        }}
      >
        <Field label="Description">
          <TextArea value={description} onChange={setDescription} />
        </Field>
        <Field
          label="Concurrency limit"
          hint="How many of its runs may be under way at once. Empty: as many as workers take."
          error={isNegative ? "A limit is 0 or more." : undefined}
        >
          <NumberField integer value={limit} onChange={setLimit} placeholder="none" />
        </Field>
        {save.error ? <ErrorState compact error={save.error} title="It was not saved." /> : null}
      </form>
    </Dialog>
  );
}
