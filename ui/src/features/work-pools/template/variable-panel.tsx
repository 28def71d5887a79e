import { useState } from "react";
import { Button } from "@/design/button";
import { Checkbox } from "@/design/checkbox";
import { Dialog } from "@/design/dialog";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { Tabs } from "@/design/tabs";
import { TextArea, TextField } from "@/design/text-field";
import { Bounds } from "./bounds";
import type { Kind } from "./kinds";
import { ENV } from "./parts";
import { ProblemText } from "./problem-text";
import type { Placed } from "./problems";
import { SchemaText } from "./schema-text";
import { TypeFields } from "./type-fields";
import type { TemplateDraftState } from "./use-template-draft";
import {
  MERGE_RULES,
  nameFault,
  OVERRIDABLE,
  renameVariable,
  setKeyword,
  setMerge,
  setOverridable,
  setRequired,
  setSecret,
  type Variable,
} from "./variables";
import { MERGE_DETAILS, MERGE_LABELS, OVERRIDABLE_DETAILS, OVERRIDABLE_LABELS } from "./words";

export interface VariablePanelProps {
  variable: Variable;
  state: TemplateDraftState;
  problems: readonly Placed[];
  /** A type that was asked for and needs more to be said. */
  wantedKind?: Kind | undefined;
  /** It is called otherwise now. */
  onRenamed: (name: string) => void;
  onClose: () => void;
}

/** All that the template says of one variable; what is typed is part of the draft at once. */
export function VariablePanel(props: VariablePanelProps) {
  const { variable, state, problems, onClose } = props;
  const { name } = variable;
  const [tab, setTab] = useState("fields");
  return (
    <Dialog
      open
      side
      onOpenChange={(open) => open || onClose()}
      title={<span className="font-mono">{name}</span>}
      description="Part of the draft at once; saved with the template."
      footer={
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {problems.map(({ problem, severity }) => (
          <ProblemText key={problem.path + problem.message} severity={severity} path={problem.path}>
            {[problem.message, problem.hint].filter(Boolean).join(" ")}
          </ProblemText>
        ))}
        <Tabs
          label={`Variable ${name}`}
          value={tab}
          onChange={setTab}
          items={[
            { id: "fields", label: "Fields", content: <Fields {...props} /> },
            {
              id: "json",
              label: "JSON Schema",
              content: <SchemaText variable={variable} state={state} problems={problems} />,
            },
          ]}
        />
      </div>
    </Dialog>
  );
}

function Fields({ variable, state, wantedKind, onRenamed }: VariablePanelProps) {
  const { name, title, description, merge, overridable, required, secret } = variable;
  const { edit } = state;
  const setText = (key: string, text: string) =>
    edit((template) => setKeyword(template, name, key, text || undefined), `${name} ${key}`);
  return (
    <div className="flex flex-col gap-4">
      <Name variable={variable} state={state} onRenamed={onRenamed} />
      <Field label="Title" hint="What forms call it.">
        <TextField value={title} onChange={(text) => setText("title", text)} autoComplete="off" />
      </Field>
      <Field label="Description">
        <TextArea rows={2} value={description} onChange={(text) => setText("description", text)} />
      </Field>
      <TypeFields variable={variable} state={state} wantedKind={wantedKind} />
      <Bounds variable={variable} edit={edit} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Merge" hint={name === ENV ? "env is always merged key by key." : undefined}>
          <Select
            value={merge}
            disabled={name === ENV}
            onChange={(rule) => edit((template) => setMerge(template, name, rule))}
            options={MERGE_RULES.map((rule) => ({
              value: rule,
              label: MERGE_LABELS[rule],
              detail: MERGE_DETAILS[rule],
            }))}
          />
        </Field>
        <Field label="Overridable">
          <Select
            value={overridable}
            onChange={(level) => edit((template) => setOverridable(template, name, level))}
            options={OVERRIDABLE.map((level) => ({
              value: level,
              label: OVERRIDABLE_LABELS[level],
              detail: OVERRIDABLE_DETAILS[level],
            }))}
          />
        </Field>
      </div>
      <Checkbox
        checked={required}
        onChange={(next) => edit((template) => setRequired(template, name, next === true))}
        label="Required"
        hint="A run starts only when some level has set it."
      />
      {variable.type.kind === "text" ? (
        <Checkbox
          checked={secret}
          onChange={(next) => edit((template) => setSecret(template, name, next === true))}
          label="Secret"
          hint="Takes references such as {{ penstock.secrets.NAME }}, and refuses text."
        />
      ) : null}
    </div>
  );
}

function Name({ variable, state, onRenamed }: Pick<VariablePanelProps, "variable" | "state" | "onRenamed">) {
  const { name, uses } = variable;
  const [text, setText] = useState(name);
  const fault = text === name ? undefined : nameFault(state.draft.document, text, name);
  const rename = () => {
    if (fault || text === name) return;
    state.edit((template) => renameVariable(template, name, text));
    onRenamed(text);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rename();
      }}
    >
      <Field
        label="Name"
        error={fault}
        hint={
          name === ENV
            ? "Every pool has env."
            : text === name || fault
              ? "What deployments and runs set, and placeholders name."
              : `${uses.length ? "Its placeholders are renamed too. " : ""}Deployments that set ${name} keep the old name.`
        }
        action={
          text !== name ? (
            <Button size="small" onClick={rename} disabledReason={fault}>
              Rename
            </Button>
          ) : undefined
        }
      >
        <TextField
          mono
          value={text}
          onChange={setText}
          readOnly={name === ENV}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
    </form>
  );
}
