import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/design/button";
import { Combobox } from "@/design/combobox";
import { Dialog } from "@/design/dialog";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { JsonEditor } from "@/design/json-editor";
import { Segmented } from "@/design/segmented";
import { TextArea, TextField } from "@/design/text-field";
import { toast } from "@/design/toast";
import { type Draft, draftOf, EMPTY, mistakesIn, toSave, withKind } from "./draft";
import { saveVariable, type Variable } from "./queries";

const KINDS = [
  { value: "text", label: "Text" },
  { value: "json", label: "JSON" },
] as const;

/** Makes a variable, or edits one. */
export function VariableDialog({ variable, onClose }: { variable: Variable | null; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(variable ? draftOf(variable) : EMPTY);
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => saveVariable(toSave(draft), variable?.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["variables"] });
      toast({ title: `Saved the variable ${draft.name}`, tone: "success" });
      onClose();
    },
  });
  const mistakes = mistakesIn(draft);
  const shown = tried ? mistakes : {};
  const submit = () => {
    setTried(true);
    if (Object.keys(mistakes).length === 0) save.mutate();
  };
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={variable ? `Edit ${variable.name}` : "New variable"}
      description="A JSON value under a name. Job variables refer to it as {{ penstock.variables.NAME }}, filled in at launch."
      width="medium"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={save.isPending} onClick={submit}>
            Save
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Name" required error={shown.name}>
          <TextField mono value={draft.name} onChange={(name) => set({ name })} autoComplete="off" />
        </Field>
        <Segmented
          label="Type of value"
          hideLabel
          options={KINDS}
          value={draft.kind}
          onChange={(kind) => setDraft((before) => withKind(before, kind))}
        />
        <Field
          label="Value"
          error={shown.value}
          hint="Anybody who may read variables sees it: no place for secrets."
        >
          {draft.kind === "text" ? (
            <TextArea mono value={draft.text} onChange={(text) => set({ text })} />
          ) : (
            <JsonEditor label="Value" value={draft.text} onChange={(text) => set({ text })} lines={6} />
          )}
        </Field>
        <Field label="Tags">
          <Combobox
            label="Tags"
            multiple
            allowCustom
            options={draft.tags.map((tag) => ({ value: tag, label: tag }))}
            value={draft.tags}
            onChange={(tags) => set({ tags })}
          />
        </Field>
        {save.error ? <ErrorState compact error={save.error} title="It was not saved." /> : null}
      </form>
    </Dialog>
  );
}
