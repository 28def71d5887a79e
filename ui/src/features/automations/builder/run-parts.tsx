import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { EMPTY_MAP, isMap, type JsonMap } from "@/lib/exact-json";
import { type Path, stepTo } from "@/schema-form/edit";
import { type ActionPreview, deploymentQuery } from "../queries";
import { formSchema, templated } from "../schemas";
import { FreeForm } from "./free-form";
import { JobVariables } from "./job-variables";
import { PartForm } from "./part-form";

const HIDDEN = ["type", "source", "deployment_id", "parameters", "job_variables"];
const HINT = "Any value may be a template: {{ event.payload.x }} alone keeps a number a number.";

interface RunPartsProps {
  title: string;
  path: Path;
  action: JsonMap;
  preview: ActionPreview | undefined;
  isOld: boolean;
}

/** Parameters and job variables of the run, and the rest of it. */
export function RunParts({ title, path, action, preview, isOld }: RunPartsProps) {
  const id = action.get("deployment_id");
  const deploymentId = typeof id === "string" ? id : undefined;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="flex min-w-0 flex-col gap-2">
        <h3 className="font-medium">Parameters</h3>
        <p className="text-sm text-muted">{HINT}</p>
        <Parameters
          path={stepTo(path, "parameters")}
          deploymentId={deploymentId}
          isInferred={action.get("source") === "inferred"}
        />
      </div>
      <div className="flex min-w-0 flex-col gap-2">
        <h3 className="font-medium">Job variables</h3>
        <JobVariables
          title={title}
          path={path}
          action={action}
          deploymentId={deploymentId}
          preview={preview}
          isOld={isOld}
        />
      </div>
      <details className="min-w-0">
        <summary className="w-fit cursor-pointer rounded-sm font-medium hover:text-accent">
          Name, tags, queue and when
        </summary>
        <div className="mt-3">
          <PartForm path={path} schema={formSchema("run-deployment", HIDDEN)} hidden={HIDDEN} />
        </div>
      </details>
    </div>
  );
}

interface ParametersProps {
  path: Path;
  deploymentId: string | undefined;
  isInferred: boolean;
}

function Parameters({ path, deploymentId, isInferred }: ParametersProps) {
  const { data, error, refetch } = useQuery(deploymentQuery(deploymentId));
  const given = data?.get("parameter_openapi_schema");
  const own = data?.get("parameters");
  const schema = useMemo(() => (isMap(given) ? templated(given) : EMPTY_MAP), [given]);
  if (error && !data)
    return <ErrorState compact error={error} title="Its parameters could not be loaded." onRetry={refetch} />;
  if (deploymentId === undefined) return <FreeForm path={path} isChosen={isInferred} />;
  if (!data) return <SkeletonLines lines={3} label="Loading the parameters" />;
  return (
    <PartForm
      path={path}
      schema={schema}
      inherited={isMap(own) ? own : EMPTY_MAP}
      origin="deployment"
      optional
      switchable
    />
  );
}
