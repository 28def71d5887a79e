import { ClipboardPaste } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { PasteDialog } from "@/job-variables/editor/paste-dialog";
import type { Edit } from "@/job-variables/edits";
import type { JsonObject } from "@/job-variables/json";
import { EMPTY_MAP, fromPlain, isMap, type Json, type JsonMap, toPlain } from "@/lib/exact-json";
import { type FormState, NO_TEXTS } from "@/schema-form/form-state";
import type { Problem } from "@/schema-form/problems";
import { FormSwitch, SchemaForm } from "@/schema-form/schema-form";
import { declarationOf } from "../template/cell-model";
import { putAt } from "../template/parts";
import { variablesOf } from "../template/variables";

export interface DefaultsProps {
  template: JsonMap;
  state: FormState;
  onChange: (edit: (state: FormState) => FormState) => void;
  problems: readonly Problem[];
  thorough: boolean;
}

/** The template's variables as a form: what is set here is the new pool's default. */
export function Defaults({ template, state, onChange, problems, thorough }: DefaultsProps) {
  const [asJson, setAsJson] = useState(false);
  const [isPasting, setPasting] = useState(false);
  const schema = useMemo(() => formSchema(template), [template]);
  if (!isMap(schema) || !schema.size) return null;
  return (
    <Card
      title="Defaults of the job variables"
      actions={
        <span className="flex flex-wrap justify-end gap-1">
          <Button size="small" kind="ghost" icon={ClipboardPaste} onClick={() => setPasting(true)}>
            Paste .env
          </Button>
          <FormSwitch asJson={asJson} onChange={setAsJson} />
        </span>
      }
    >
      <p className="mb-4 text-muted">
        What every run in this pool gets, unless its deployment or the run itself says otherwise.
      </p>
      <SchemaForm
        schema={schema}
        state={state}
        onChange={onChange}
        origin="type"
        problems={problems}
        thorough={thorough}
        asJson={asJson}
        onAsJson={setAsJson}
      />
      {isPasting ? (
        <PasteDialog
          layerTitle="Defaults of the new pool"
          own={toPlain(state.value) as JsonObject}
          declarations={variablesOf(template).map(declarationOf)}
          onApply={(edits) => onChange((before) => withEdits(before, edits))}
          onClose={() => setPasting(false)}
        />
      ) : null}
    </Card>
  );
}

function withEdits(state: FormState, edits: readonly Edit[]): FormState {
  const value = edits.reduce(
    (made, each) => putAt(made, each.path, each.value === undefined ? undefined : fromPlain(each.value)),
    state.value,
  );
  return { value, texts: NO_TEXTS };
}

/** The schema of the variables, of which none is required: a deployment or a run may give what is. `env` comes first. */
function formSchema(template: JsonMap): Json {
  const variables = template.get("variables");
  if (!isMap(variables)) return EMPTY_MAP;
  const properties = variables.get("properties");
  const entries = [...variables].filter(([key]) => key !== "required");
  if (!isMap(properties)) return new Map(entries);
  const env = properties.get("env");
  const first: [string, Json][] = env === undefined ? [] : [["env", env]];
  return new Map<string, Json>([...entries, ["properties", new Map([...first, ...properties])]]);
}
