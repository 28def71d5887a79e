import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Banner } from "@/design/banner";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { applyEdits, type Edit, nested } from "@/job-variables/edits";
import type { JsonObject } from "@/job-variables/json";
import { type Column, DEPLOYMENT_COLUMN, POOL_COLUMN } from "@/job-variables/layers";
import { ResolutionTable } from "@/job-variables/resolution-table";
import { fromPlain, isMap, type JsonMap, plainOf } from "@/lib/exact-json";
import { type Path, pathKey, stepTo } from "@/schema-form/edit";
import { edited, withTexts } from "../draft";
import { type ActionPreview, deploymentVariablesQuery } from "../queries";
import { withTemplates } from "../rendered";
import { useBuilder } from "./context";
import { FreeForm } from "./free-form";

const LAYER = "run";
const COLUMNS: readonly Column[] = [
  POOL_COLUMN,
  DEPLOYMENT_COLUMN,
  { layer: LAYER, title: "Action", noun: "this automation", templates: true },
];
const WHOLE = "[]";

interface JobVariablesProps {
  /** Whose they are, for screen readers: "Action 2". */
  title: string;
  path: Path;
  action: JsonMap;
  deploymentId: string | undefined;
  preview: ActionPreview | undefined;
  isOld: boolean;
}

/** What the run gets, layer by layer; the automation's cells take templates, and what comes of them stands beside. */
export function JobVariables({ title, path, action, deploymentId, preview, isOld }: JobVariablesProps) {
  const { draft, update } = useBuilder();
  const at = stepTo(path, "job_variables");
  const { data, error, refetch } = useQuery(deploymentVariablesQuery(deploymentId));
  const written = action.get("job_variables");
  const unfinished = draft.texts.get(pathKey(at))?.get(WHOLE);
  const editing = useMemo(() => {
    const declared = (name: string) => data?.declarations.some((each) => each.name === name) ?? false;
    const variables = nested((isMap(written) ? plainOf(written) : {}) as JsonObject, declared);
    return {
      layer: LAYER,
      variables,
      onEdit: (edits: Edit[]) => {
        const next = fromPlain(applyEdits(variables, edits)) as JsonMap;
        update((before) => edited(before, at, next.size ? next : undefined));
      },
      unfinished,
      onUnfinished: (text: string | undefined) =>
        update((before) => withTexts(before, at, new Map(text === undefined ? [] : [[WHOLE, text]]))),
    };
  }, [written, data?.declarations, update, at, unfinished]);
  const explanation = useMemo(() => {
    const made = preview?.explanation ?? data?.explanation;
    if (!made || !preview) return made;
    const rendered = (preview.rendered?.job_variables ?? {}) as JsonObject;
    return withTemplates(made, rendered, editing.variables, LAYER, preview.problems);
  }, [preview, data?.explanation, editing.variables]);
  if (deploymentId === undefined)
    return <FreeForm path={at} isChosen={action.get("source") === "inferred"} />;
  if (error && !data)
    return (
      <ErrorState compact title="The job variables could not be loaded." error={error} onRetry={refetch} />
    );
  if (!data || !explanation) return <SkeletonLines lines={6} label="Loading job variables" />;
  if (!data.work_pool) {
    return (
      <Banner title="Job variables have no effect here.">The deployment is served by its own process.</Banner>
    );
  }
  return (
    <ResolutionTable
      label={`Job variables of ${title.toLowerCase()}`}
      explanation={explanation}
      declarations={data.declarations}
      definitions={data.definitions as JsonObject}
      undeclared={data.undeclared}
      columns={COLUMNS}
      editing={editing}
      stale={isOld}
    />
  );
}
