import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Banner } from "@/design/banner";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import type { JsonObject } from "@/job-variables/json";
import { DEPLOYMENT_COLUMN, POOL_COLUMN } from "@/job-variables/layers";
import type { Row } from "@/job-variables/model";
import { EffectiveJob } from "@/job-variables/panel/effective-job";
import { outwards } from "@/job-variables/paths";
import { ResolutionTable } from "@/job-variables/resolution-table";
import type { Schema } from "@/lib/api";
import { plural } from "@/lib/format";
import { useDebounced } from "@/lib/use-debounced";
import { useBaselines } from "./baselines";
import { TableWithPanel } from "./layout";
import { LeafHistory } from "./leaf-history";
import {
  deploymentVariablesQuery,
  editImpactQuery,
  isConflict,
  poolDefaultsQuery,
  workPoolTypeQuery,
} from "./queries";
import { SaveBar } from "./save-bar";
import { useDraftEdits } from "./use-draft-edits";
import { useSaveEdits } from "./use-save-edits";

export interface DeploymentConfigurationProps {
  deploymentId: string;
}

/** The Configuration tab of a deployment: what its runs get, and from whom; edited path by path. */
export function DeploymentConfiguration({ deploymentId }: DeploymentConfigurationProps) {
  const { data, error, refetch } = useQuery(deploymentVariablesQuery(deploymentId));
  if (error && !data) {
    return <ErrorState title="The configuration could not be loaded." error={error} onRetry={refetch} />;
  }
  if (!data) return <SkeletonLines lines={10} label="Loading configuration" />;
  return <Loaded key={deploymentId} deploymentId={deploymentId} data={data} />;
}

const TYPING_MS = 50;
const COLUMNS = [POOL_COLUMN, DEPLOYMENT_COLUMN];

interface LoadedProps {
  deploymentId: string;
  data: Schema["DeploymentJobVariables"];
}

function Loaded({ deploymentId, data }: LoadedProps) {
  const saved = data.job_variables as JsonObject;
  const { edits, own, onEdit, unfinished, onUnfinished, discard } = useDraftEdits(
    deploymentId,
    saved,
    data.declarations,
  );
  const asked = useDebounced(edits, TYPING_MS);
  const impact = useQuery(editImpactQuery(deploymentId, asked));
  const isEdited = edits.length > 0;
  const isCurrent = asked === edits && !impact.isFetching;
  const explanation =
    isEdited && asked.length ? (impact.data?.explanation ?? data.explanation) : data.explanation;

  const save = useSaveEdits(deploymentId);
  const [target, setTarget] = useState<{ id: string; at: number }>();

  const poolName = data.work_pool?.name;
  const { data: poolType } = useQuery(workPoolTypeQuery(poolName));
  const { data: defaults } = useQuery(poolDefaultsQuery(poolName));
  const { baselines, chooser } = useBaselines(
    [
      ...(isEdited ? [{ id: "saved", label: "As it is saved", job: data.explanation.job }] : []),
      { id: "pool", label: "Pool defaults", job: defaults?.job },
    ],
    deploymentId,
  );
  const editing = useMemo(
    () => ({ layer: "deployment", variables: own, saved, onEdit, unfinished, onUnfinished }),
    [own, saved, onEdit, unfinished, onUnfinished],
  );
  const showRow = (path: string) => setTarget({ id: outwards(path).at(-2) ?? path, at: Date.now() });

  if (!data.work_pool) return <Served />;
  return (
    <TableWithPanel
      panel={
        <EffectiveJob
          title="What a run would get"
          explanation={explanation}
          loading={isEdited && !isCurrent}
          poolType={poolType}
          baselines={baselines}
          chooser={chooser}
          onShowRow={showRow}
        />
      }
    >
      <p className="text-muted">
        Defaults of the pool{" "}
        <TextLink to="/work-pools/$name" params={{ name: data.work_pool.name }} className="underline">
          {data.work_pool.name}
        </TextLink>
        , and what this deployment overrides. A run may override both.
        {data.waiting_runs
          ? ` ${plural(data.waiting_runs, "run")} not claimed yet get what is saved here.`
          : ""}
      </p>
      <ResolutionTable
        label="Job variables of the deployment"
        explanation={explanation}
        declarations={data.declarations}
        definitions={data.definitions as JsonObject}
        undeclared={data.undeclared}
        columns={COLUMNS}
        editing={editing}
        stale={isEdited && !isCurrent}
        target={target}
        history={(row: Row) => (
          <LeafHistory deploymentId={deploymentId} path={row.id} sensitive={row.sensitive} />
        )}
      />
      <SaveBar
        deploymentId={deploymentId}
        edits={edits}
        impact={asked.length ? impact.data : undefined}
        impactError={impact.error}
        saving={save.isPending}
        error={
          save.error && !(isConflict(save.error) && save.variables?.seen !== data.updated)
            ? save.error
            : undefined
        }
        unfinished={unfinished !== undefined}
        onSave={() => save.mutate({ edits, before: saved, seen: data.updated }, { onSuccess: discard })}
        onDiscard={() => {
          discard();
          save.reset();
        }}
      />
    </TableWithPanel>
  );
}

function Served() {
  return (
    <Banner title="Job variables have no effect here.">
      The deployment is in no work pool: its own process serves it, and its runs start there. Give it a work
      pool to decide where and how its runs are launched.
    </Banner>
  );
}
