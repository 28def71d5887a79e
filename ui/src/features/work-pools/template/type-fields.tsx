import { useState } from "react";
import { Checkbox } from "@/design/checkbox";
import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { CHOOSABLE, KIND_LABELS, type Kind, typeText } from "./kinds";
import type { VariablePanelProps } from "./variable-panel";
import { setType } from "./variables";

/** The type of a variable, and what belongs to the type. */
export function TypeFields({
  variable,
  state,
  wantedKind,
}: Pick<VariablePanelProps, "variable" | "state" | "wantedKind">) {
  const { name, type } = variable;
  const [kind, setKind] = useState<Kind>(wantedKind ?? type.kind);
  const shown = kind === "choice" ? kind : type.kind;
  const set = (next: Partial<typeof type>) =>
    state.edit((template) => setType(template, name, { ...type, kind: shown, ...next }));
  const choose = (next: Kind) => {
    setKind(next);
    if (next !== "choice") set({ kind: next });
  };
  const choices = type.choices.map((choice) =>
    typeof choice === "string" ? choice : JSON.stringify(choice),
  );
  const options = [...new Set([...(type.kind === "custom" ? (["custom"] as const) : []), ...CHOOSABLE])];
  return (
    <div className="flex flex-col gap-3">
      <Field
        label="Type"
        hint={shown === "custom" ? "Edit it as JSON Schema; another type replaces it." : undefined}
      >
        <Select
          value={shown}
          onChange={choose}
          options={options.map((each) => ({
            value: each,
            label: each === "custom" ? typeText(type) : KIND_LABELS[each],
          }))}
        />
      </Field>
      {shown === "choice" ? (
        <Field label="Choices" hint="Type one and press Enter.">
          <Combobox
            label="Choices"
            multiple
            allowCustom
            value={choices}
            options={choices.map((choice) => ({ value: choice, label: choice }))}
            onChange={(next) =>
              set({
                kind: "choice",
                // What was no text stays what it was.
                choices: next.map((text) => type.choices[choices.indexOf(text)] ?? text),
              })
            }
          />
        </Field>
      ) : null}
      {shown === "custom" || shown === "any" ? null : (
        <Checkbox
          checked={type.nullable}
          onChange={(next) => set({ nullable: next === true })}
          label="May be null"
          hint="Then no value is a value too: the placeholder’s key goes away."
        />
      )}
    </div>
  );
}
