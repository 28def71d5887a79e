import { useState } from "react";
import { Button } from "@/design/button";
import { Dialog } from "@/design/dialog";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { TextField } from "@/design/text-field";
import type { JsonMap } from "@/lib/exact-json";
import { CHOOSABLE, KIND_LABELS, type Kind, withType } from "./kinds";
import { JOB } from "./parts";
import { addVariable, nameFault, setMerge, textSchema } from "./variables";

export interface AddDialogProps {
  template: JsonMap;
  onAdd: (edit: (template: JsonMap) => JsonMap, name: string) => void;
  onClose: () => void;
}

/** Declares another variable. */
export function AddDialog({ template, onAdd, onClose }: AddDialogProps) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("text");
  const [tried, setTried] = useState(false);
  const fault = nameFault(template, name);
  const add = () => {
    setTried(true);
    if (fault) return;
    const schema = withType(textSchema(name), kind, false);
    onAdd((before) => {
      const added = addVariable(before, name, schema);
      return kind === "map" ? setMerge(added, name, "keys") : added;
    }, name);
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Add a variable"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="add-template-variable">
            Add
          </Button>
        </>
      }
    >
      <form
        id="add-template-variable"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Field
          label="Name"
          required
          error={tried || name ? fault : undefined}
          hint={
            name && !fault ? `${JOB} gets {{ ${name} }} under its name; move it where it belongs.` : undefined
          }
        >
          <TextField
            mono
            value={name}
            onChange={setName}
            autoComplete="off"
            spellCheck={false}
            placeholder="cpu_limit"
          />
        </Field>
        <Field label="Type">
          <Select
            value={kind}
            onChange={setKind}
            options={CHOOSABLE.filter((each) => each !== "choice").map((each) => ({
              value: each,
              label: KIND_LABELS[each],
            }))}
          />
        </Field>
      </form>
    </Dialog>
  );
}
