import { useQuery } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { EmptyState } from "@/design/empty-state";
import { ErrorState, errorFacts } from "@/design/error-state";
import { toast } from "@/design/toast";
import { ApiError } from "@/lib/api";
import { EMPTY_MAP, isMap, printJson, sameJson } from "@/lib/exact-json";
import { useDebounced } from "@/lib/use-debounced";
import { type FormState, formOf, unreadable } from "@/schema-form/form-state";
import type { Problem } from "@/schema-form/problems";
import { FormSwitch, SchemaForm } from "@/schema-form/schema-form";
import { type DeploymentDocument, parameterCheckQuery, saveParameters } from "../queries";
import { ParameterTable } from "./parameter-table";

const TYPING_MS = 200;

/** What the deployment's runs are called with when nobody says otherwise: shown, and edited in place. */
export function ParametersTab({ found }: { found: DeploymentDocument }) {
  const [isEditing, setIsEditing] = useState(false);
  const { exact, plain } = found;
  const schema = exact.get("parameter_openapi_schema") ?? EMPTY_MAP;
  const hasSchema = isMap(schema) && isMap(schema.get("properties"));
  const own = exact.get("parameters") ?? EMPTY_MAP;
  if (!hasSchema && isMap(own) && own.size === 0 && !isEditing)
    return (
      <EmptyState title="Its flow has no parameters" compact>
        What a flow's function takes stands here after it is deployed.
      </EmptyState>
    );
  if (isEditing) return <ParametersEditor found={found} onClose={() => setIsEditing(false)} />;
  return (
    <ParameterTable
      schema={schema}
      own={own}
      toolbar={
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button icon={Pencil} onClick={() => setIsEditing(true)}>
            Edit values
          </Button>
          <p className="min-w-0 text-muted">
            What runs are called with. A schedule or a run may set other values.
            {plain.enforce_parameter_schema ? "" : " Values are not checked against the schema."}
          </p>
        </div>
      }
    />
  );
}

function ParametersEditor({ found, onClose }: { found: DeploymentDocument; onClose: () => void }) {
  const { exact, plain } = found;
  const [start] = useState(() => exact.get("parameters") ?? EMPTY_MAP);
  const given = exact.get("parameter_openapi_schema") ?? EMPTY_MAP;
  const schemaText = printJson(given);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same schema stays the same object
  const schema = useMemo(() => given, [schemaText]);
  const [state, setState] = useState<FormState>(() => formOf(start));
  const [asJson, setAsJson] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const change = useCallback((next: (state: FormState) => FormState) => setState(next), []);
  const text = printJson(state.value);
  const settled = useDebounced(text, TYPING_MS);
  const checked = useQuery({
    ...parameterCheckQuery(plain.id, settled),
    enabled: plain.enforce_parameter_schema,
  });
  const local = unreadable(state);
  const problems: Problem[] = [...local, ...(checked.data ?? []), ...refused(error)];
  const isChanged = !sameJson(state.value, start);
  const first = [...local, ...(checked.data ?? [])][0];
  const reason = first ? `${first.path} ${first.message}` : isChanged ? undefined : "Nothing is changed.";
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await saveParameters(plain.id, state.value);
      toast({ title: "Saved the parameters", undo: () => saveParameters(plain.id, start) });
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const isOutdated = !sameJson(exact.get("parameters") ?? EMPTY_MAP, start);
  return (
    <Card title="Values of the deployment" actions={<FormSwitch asJson={asJson} onChange={setAsJson} />}>
      <div className="flex min-w-0 flex-col gap-4">
        {isOutdated ? (
          <Banner tone="warning" title="Somebody else changed the parameters meanwhile.">
            Saving replaces them with what stands here.
          </Banner>
        ) : null}
        <SchemaForm
          schema={schema}
          state={state}
          onChange={change}
          origin="flow"
          problems={problems}
          thorough={error !== undefined}
          asJson={asJson}
          onAsJson={setAsJson}
        />
        {error === undefined || refused(error).length ? null : (
          <ErrorState compact title="They were not saved." error={error} />
        )}
        {refused(error).length ? <p className="text-sm text-danger">{errorFacts(error).message}</p> : null}
        <div className="flex justify-end gap-2 border-t border-line pt-3">
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button kind="primary" busy={busy} disabledReason={reason} onClick={() => void save()}>
            Save values
          </Button>
        </div>
      </div>
    </Card>
  );
}

/** What the server found wrong when it refused to save. */
function refused(error: unknown): Problem[] {
  if (!(error instanceof ApiError) || !Array.isArray(error.detail)) return [];
  return error.detail.filter(
    (each): each is Problem => typeof each?.path === "string" && typeof each?.message === "string",
  );
}
