import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/design/button";
import { Checkbox } from "@/design/checkbox";
import { Dialog } from "@/design/dialog";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { Segmented } from "@/design/segmented";
import { NumberField, TextField } from "@/design/text-field";
import { toast } from "@/design/toast";
import { ApiError } from "@/lib/api";
import { draftOf, EMPTY, mistakesIn, nameOf, type RefusedField, refusedField, valuesOf } from "./draft";
import { type ConcurrencyLimit, createLimit, updateLimit } from "./queries";

const KINDS = [
  { value: "global", label: "Code that names it" },
  { value: "tag", label: "Task runs with a tag" },
] as const;

export interface LimitDialogProps {
  /** The one to change; without it, one is made. */
  limit?: ConcurrencyLimit | undefined;
  onSaved: () => unknown;
  onClose: () => void;
}

/** Makes a limit with a name or of a tag, or changes one. */
export function LimitDialog({ limit, onSaved, onClose }: LimitDialogProps) {
  const [draft, setDraft] = useState(limit ? draftOf(limit) : EMPTY);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      limit
        ? updateLimit(limit.subject.id, valuesOf(draft))
        : createLimit({ name: nameOf(draft), ...valuesOf(draft) }),
    onSuccess: async () => {
      await onSaved();
      toast({ title: `${limit ? "Changed" : "Made"} the limit ${draft.name.trim()}`, tone: "success" });
      onClose();
    },
  });
  const mistakes = mistakesIn(draft);
  const shown = tried ? mistakes : {};
  const refused = refusedField(save.error);
  const told = (field: RefusedField) =>
    refused === field && save.error instanceof ApiError
      ? [save.error.message, save.error.hint].filter(Boolean).join(" ")
      : undefined;
  const set = (change: Partial<typeof draft>) => {
    setDraft((before) => ({ ...before, ...change }));
    // What was refused may be right by now.
    if (save.error) save.reset();
  };
  const isTag = draft.kind === "tag";
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={limit ? `Edit ${limit.subject.name}` : "New concurrency limit"}
      description={
        limit ? "Whoever holds slots keeps them, even where there are fewer from now on." : undefined
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="limit" busy={save.isPending}>
            {limit ? "Save" : "Create limit"}
          </Button>
        </>
      }
    >
      <form
        id="limit"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          const isWrong = event.currentTarget.querySelector("[aria-invalid=true]") !== null && !save.error;
          if (Object.keys(mistakes).length === 0 && !isWrong && !save.isPending) save.mutate();
        }}
      >
        {limit ? null : (
          <>
            <Segmented
              label="What it limits"
              value={draft.kind}
              onChange={(kind) => set({ kind, decay: null })}
              options={KINDS}
            />
            <Field
              label={isTag ? "Tag" : "Name"}
              required
              error={shown.name ?? told("name")}
              hint={
                isTag
                  ? "In all flows; each task run with the tag takes one slot."
                  : "For concurrency(“name”) and rate_limit(“name”)."
              }
            >
              <TextField value={draft.name} onChange={(name) => set({ name })} autoComplete="off" />
            </Field>
          </>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Slots" required hint="0 lets nothing begin." error={shown.limit ?? told("limit")}>
            <NumberField integer value={draft.limit} onChange={(value) => set({ limit: value })} />
          </Field>
          {isTag && !limit?.bucket ? null : (
            <Field
              label="Slots that flow away"
              hint="Makes it a rate limit. Empty: none, slots are held until they are given back."
              error={told("slot_decay_per_second")}
            >
              <NumberField
                value={draft.decay}
                onChange={(decay) => set({ decay })}
                placeholder="none"
                unit="/ s"
              />
            </Field>
          )}
        </div>
        <Checkbox
          checked={draft.isOn}
          onChange={(isOn) => set({ isOn })}
          label="Switched on"
          hint="While it is off, it lets everybody through."
        />
        {save.error && !refused ? (
          <ErrorState compact error={save.error} title={limit ? "It was not saved." : "It was not made."} />
        ) : null}
      </form>
    </Dialog>
  );
}
