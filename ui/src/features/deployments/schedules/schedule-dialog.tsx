import { useState } from "react";
import { Button } from "@/design/button";
import { Checkbox } from "@/design/checkbox";
import { Dialog } from "@/design/dialog";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { JsonEditor } from "@/design/json-editor";
import { NumberField, TextField } from "@/design/text-field";
import { toast } from "@/design/toast";
import { type Json, printJson } from "@/lib/exact-json";
import type { Schedule } from "../queries";
import { draftOf, newDraft, parametersOf, type ScheduleDraft, scheduleOf } from "./draft";
import { missedToSave } from "./missed";
import { MissedFields } from "./missed-fields";
import { PreviewPanel, usePreview } from "./preview";
import { addSchedule, changeSchedule, type ScheduleToSave } from "./queries";
import { toSave } from "./saved";
import { WhenFields } from "./when-fields";

interface ScheduleDialogProps {
  deploymentId: string;
  /** Nothing for a new one. */
  saved: { schedule: Schedule; parameters: Json } | undefined;
  onClose: () => void;
}

/** A schedule is written and seen: what is typed is what the server says it means. */
export function ScheduleDialog({ deploymentId, saved, onClose }: ScheduleDialogProps) {
  const [draft, setDraft] = useState<ScheduleDraft>(() =>
    saved
      ? draftOf(saved.schedule, saved.parameters)
      : newDraft(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"),
  );
  const change = (part: Partial<ScheduleDraft>) => setDraft((before) => ({ ...before, ...part }));
  const schedule = scheduleOf(draft, saved?.schedule);
  const previewed = usePreview(schedule);
  const parameters = parametersOf(draft);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const reason = !schedule
    ? "Say when it is to run."
    : previewed.refusal
      ? previewed.refusal.message
      : "error" in parameters
        ? `The parameters are no JSON object: ${parameters.error}`
        : undefined;
  const save = async () => {
    if (!schedule || reason || busy || "error" in parameters) return;
    setBusy(true);
    setError(undefined);
    const next: ScheduleToSave = {
      schedule,
      active: draft.active,
      max_scheduled_runs: draft.most,
      slug: draft.slug.trim() || null,
      parameters: parameters.value,
      ...missedToSave(draft),
    };
    try {
      await (saved ? changeSchedule(deploymentId, saved.schedule.id, next) : addSchedule(deploymentId, next));
      toast({
        title: saved ? "Saved the schedule" : "Added the schedule",
        detail: previewed.preview?.description,
        undo: saved
          ? () => changeSchedule(deploymentId, saved.schedule.id, toSave(saved.schedule, saved.parameters))
          : undefined,
      });
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      width="large"
      onOpenChange={(open) => open || busy || onClose()}
      title={saved ? "Edit the schedule" : "Add a schedule"}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button kind="primary" type="submit" form="schedule" busy={busy} disabledReason={reason}>
            {saved ? "Save" : "Add schedule"}
          </Button>
        </>
      }
    >
      <form
        id="schedule"
        className="grid min-w-0 items-start gap-5 pb-2 lg:grid-cols-[minmax(0,1fr)_minmax(0,24rem)]"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div className="flex min-w-0 flex-col gap-3.5">
          <WhenFields draft={draft} change={change} refusal={previewed.refusal} />
          <Checkbox
            checked={draft.active}
            onChange={(active) => change({ active })}
            label="Active"
            hint="Runs are planned as soon as it is saved."
          />
          <MoreFields
            draft={draft}
            change={change}
            error={"error" in parameters ? parameters.error : undefined}
          />
          {error === undefined ? null : <ErrorState compact title="It was not saved." error={error} />}
        </div>
        <PreviewPanel schedule={schedule} previewed={previewed} />
      </form>
    </Dialog>
  );
}

interface MoreFieldsProps {
  draft: ScheduleDraft;
  change: (part: Partial<ScheduleDraft>) => void;
  error: string | undefined;
}

function MoreFields({ draft, change, error }: MoreFieldsProps) {
  const [isOpen, setIsOpen] = useState(
    () =>
      draft.slug !== "" ||
      draft.most !== null ||
      draft.catchUp !== "server" ||
      draft.latest !== null ||
      draft.parameters !== printJson(new Map(), 2),
  );
  if (!isOpen)
    return (
      <Button kind="ghost" size="small" className="self-start" onClick={() => setIsOpen(true)}>
        Name, limit, missed runs and parameters…
      </Button>
    );
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field
          label="Name"
          hint="A slug that stays when the schedule changes; a file that deploys finds it by that."
        >
          <TextField mono value={draft.slug} onChange={(slug) => change({ slug })} autoComplete="off" />
        </Field>
        <Field label="Runs that wait, at most" hint="Empty: as many as the server plans.">
          <NumberField integer value={draft.most} onChange={(most) => change({ most })} />
        </Field>
      </div>
      <MissedFields draft={draft} change={change} />
      <div className="flex min-w-0 flex-col gap-1">
        <p className="font-medium">Parameters of its runs</p>
        <JsonEditor
          label="Parameters of its runs"
          lines={4}
          value={draft.parameters}
          onChange={(parameters) => change({ parameters })}
        />
        <p className={error ? "text-sm text-danger" : "text-sm text-muted"}>
          {error ?? "They stand above those of the deployment."}
        </p>
      </div>
    </>
  );
}
