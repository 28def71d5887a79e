import { useMemo, useState } from "react";
import { Button } from "@/design/button";
import { Combobox } from "@/design/combobox";
import { Dialog } from "@/design/dialog";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { TextField } from "@/design/text-field";
import { type Edit, ownAt } from "../edits";
import type { Declaration, JsonObject, Undeclared } from "../json";
import { isLocked, lockOf } from "../locks";
import { nameFault } from "../paste";
import { kindsOf, orTemplate } from "../value-kinds";
import { MODE_LABELS, modesOf, readValue, switched, type Typed, typedOf } from "./typed-value";
import { ValueInput } from "./value-input";

export interface AddVariableProps {
  layer: string;
  layerTitle: string;
  /** Its values may be templates. */
  templates?: boolean | undefined;
  own: JsonObject;
  declarations: readonly Declaration[];
  definitions?: JsonObject | undefined;
  undeclared?: Undeclared | undefined;
  /** Keys that are known of a variable, as suggestions. */
  keysOf: (variable: string) => string[];
  /** The variable that gets a key; "" for a variable of its own. */
  into: string;
  onAdd: (edit: Edit) => void;
  onClose: () => void;
}

const LOCKED = "The pool does not let this level set it.";

const EFFECTS: Record<Undeclared, string> = {
  warn: "The pool does not declare it: it is kept, with a warning, and changes nothing.",
  error: "The pool does not declare it and refuses it.",
  "to-env": "The pool does not declare it and takes it as an environment variable.",
};

/** Sets a variable, or a key of one, that the layer does not have yet. */
export function AddVariable(props: AddVariableProps) {
  const {
    layer,
    layerTitle,
    templates,
    own,
    declarations,
    definitions,
    undeclared = "warn",
    keysOf,
    onAdd,
    onClose,
  } = props;
  const [into, setInto] = useState(props.into);
  const [name, setName] = useState("");
  const declaration = declarations.find((each) => each.name === (into || name));
  const path = into ? [into, name] : [name];
  const kinds = useMemo(
    () => orTemplate(kindsOf(declaration, into ? name : undefined, definitions, layer), templates),
    [declaration, into, name, definitions, layer, templates],
  );
  const modes = modesOf(kinds, declaration, undefined);
  const [typed, setTyped] = useState<Typed>({ mode: "text", text: "" });
  const [tried, setTried] = useState(false);
  const current = modes.includes(typed.mode) ? typed : switched(typed, modes[0] ?? "text", kinds);

  const merged = declarations.filter((each) => each.merge === "keys").map((each) => each.name);
  const groups = [...new Set(["env", ...merged])];
  const free = declarations.filter(
    (each) =>
      each.merge !== "keys" && ownAt(own, [each.name]) === undefined && !isLocked(lockOf(each), layer),
  );
  const fault =
    faultOf(path, own) ??
    (isLocked(lockOf(declaration, into ? name : undefined), layer) ? LOCKED : undefined);
  const nameError = name ? fault : tried ? "Give it a name." : undefined;
  const read = readValue(current, kinds);
  const valueError = "fault" in read && tried ? read.fault : undefined;
  const choose = (next: string) => {
    setName(next);
    const chosen = declarations.find((each) => each.name === next);
    const nextKinds = orTemplate(kindsOf(chosen, undefined, definitions, layer), templates);
    if (chosen) setTyped(typedOf(undefined, modesOf(nextKinds, chosen, undefined), nextKinds));
  };
  const add = () => {
    setTried(true);
    if (!name || fault || "fault" in read) return;
    onAdd({ path, value: read.value });
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={into ? `Add a key to ${into}` : "Add a job variable"}
      description={`It is set for: ${layerTitle}.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="add-variable">
            Add
          </Button>
        </>
      }
    >
      <form
        id="add-variable"
        className="flex flex-col gap-4 pb-2"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Field label="Where">
          <Select
            value={into || "."}
            onChange={(next) => setInto(next === "." ? "" : next)}
            options={[
              ...groups.map((group) => ({
                value: group,
                label: group === "env" ? "Environment variable (env)" : `Key of ${group}`,
              })),
              { value: ".", label: "Job variable" },
            ]}
          />
        </Field>
        <Field
          label="Name"
          error={nameError}
          hint={
            !into && name && !declaration && declarations.length > 0
              ? EFFECTS[undeclared]
              : declaration?.description
          }
        >
          {into ? (
            <>
              <TextField
                value={name}
                onChange={setName}
                mono
                list="known-keys"
                spellCheck={false}
                autoComplete="off"
              />
              <datalist id="known-keys">
                {keysOf(into).map((key) => (
                  <option key={key} value={key} />
                ))}
              </datalist>
            </>
          ) : (
            <Combobox
              label="Name"
              allowCustom
              value={name || undefined}
              onChange={choose}
              placeholder="Choose or type a name"
              options={free.map((each) => ({
                value: each.name,
                label: each.name,
                detail: each.title ?? each.description,
              }))}
            />
          )}
        </Field>
        <Field
          label="Value"
          error={valueError}
          hint={kinds.wish ? `Wanted: ${kinds.wish}.` : undefined}
          action={
            modes.length > 1 ? (
              <span className="w-36">
                <Select
                  label="Type of the value"
                  value={current.mode}
                  onChange={(mode) => setTyped(switched(current, mode, kinds))}
                  options={modes.map((mode) => ({ value: mode, label: MODE_LABELS[mode] }))}
                />
              </span>
            ) : undefined
          }
        >
          <ValueInput
            label="Value"
            typed={current}
            kinds={kinds}
            onChange={setTyped}
            invalid={valueError !== undefined}
          />
        </Field>
      </form>
    </Dialog>
  );
}

function faultOf(path: string[], own: JsonObject): string | undefined {
  const fault = nameFault(path);
  if (fault) return fault;
  return ownAt(own, path) === undefined ? undefined : "It is set already: edit it in the table.";
}
