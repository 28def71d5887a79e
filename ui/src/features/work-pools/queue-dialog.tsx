import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/design/button";
import { Dialog } from "@/design/dialog";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { NumberField, TextField } from "@/design/text-field";
import { toast } from "@/design/toast";
import { ApiError } from "@/lib/api";
import { createQueue } from "./queries";

export interface QueueDialogProps {
  pool: string;
  onSaved: () => unknown;
  onClose: () => void;
}

/** Makes a queue. */
export function QueueDialog({ pool, onSaved, onClose }: QueueDialogProps) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [priority, setPriority] = useState<number | null>(null);
  const [limit, setLimit] = useState<number | null>(null);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      createQueue(pool, { name: name.trim(), description, priority, concurrency_limit: limit }),
    onSuccess: async () => {
      await onSaved();
      toast({ title: `Added the queue ${name.trim()}`, tone: "success" });
      onClose();
    },
  });
  const isTaken = save.error instanceof ApiError && save.error.status === 409;
  const faults = {
    name: tried && !name.trim() ? "A queue needs a name." : isTaken ? save.error?.message : undefined,
    priority: priority !== null && priority < 1 ? "1 is the first." : undefined,
    limit: limit !== null && limit < 0 ? "A limit is 0 or more." : undefined,
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`New queue of ${pool}`}
      description="A lane of the pool, with its own priority and limit."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="new-queue" busy={save.isPending}>
            Add queue
          </Button>
        </>
      }
    >
      <form
        id="new-queue"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (name.trim() && !faults.priority && !faults.limit) save.mutate();
        }}
      >
        <Field label="Name" required error={faults.name}>
          <TextField value={name} onChange={setName} autoComplete="off" />
        </Field>
        <Field label="Description">
          <TextField value={description} onChange={setDescription} autoComplete="off" />
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Priority" hint="1 goes first. Empty: after all others." error={faults.priority}>
            <NumberField integer value={priority} onChange={setPriority} placeholder="last" />
          </Field>
          <Field label="Concurrency limit" hint="Empty: none but the pool’s." error={faults.limit}>
            <NumberField integer value={limit} onChange={setLimit} placeholder="none" />
          </Field>
        </div>
        {save.error && !isTaken ? <ErrorState compact error={save.error} title="It was not added." /> : null}
      </form>
    </Dialog>
  );
}
