import { useMemo, useState } from "react";
import { Card } from "@/design/card";
import { EMPTY_MAP, isMap, type Json, type JsonMap } from "@/lib/exact-json";
import type { FormState } from "@/schema-form/form-state";
import type { Problem } from "@/schema-form/problems";
import { FormSwitch, SchemaForm } from "@/schema-form/schema-form";

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
  const schema = useMemo(() => formSchema(template), [template]);
  if (!isMap(schema) || !schema.size) return null;
  return (
    <Card title="Defaults of the job variables" actions={<FormSwitch asJson={asJson} onChange={setAsJson} />}>
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
    </Card>
  );
}

/** The schema of the variables, of which none is required: a deployment or a run may give what is. `env` comes first. */
function formSchema(template: JsonMap): Json {
  const variables = template.get("variables");
  if (!isMap(variables)) return EMPTY_MAP;
  const properties = variables.get("properties");
  const entries = [...variables].filter(([key]) => key !== "required");
  if (!isMap(properties)) return new Map(entries);
  const env = properties.get("env");
  const ordered: JsonMap = new Map([...(env === undefined ? [] : [["env", env] as const]), ...properties]);
  return new Map<string, Json>([...entries, ["properties", ordered]]);
}
