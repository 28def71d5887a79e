import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Banner } from "@/design/banner";
import { ErrorState } from "@/design/error-state";
import { LinkButton } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { Time } from "@/design/time";
import type { JsonObject } from "@/job-variables/json";
import type { Row } from "@/job-variables/model";
import { EffectiveJob } from "@/job-variables/panel/effective-job";
import { outwards } from "@/job-variables/paths";
import { ResolutionTable } from "@/job-variables/resolution-table";
import type { Schema } from "@/lib/api";
import { useBaselines } from "./baselines";
import { LaunchReport } from "./launch-report";
import { TableWithPanel } from "./layout";
import { LeafHistory } from "./leaf-history";
import { PromoteDialog } from "./promote-dialog";
import { deploymentVariablesQuery, runJobQuery, runQuery, workPoolTypeQuery } from "./queries";
import { RunPicker } from "./run-picker";

const ENDED: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

export interface RunConfigurationProps {
  runId: string;
}

/** The Configuration tab of a run: what it got, from whom, and what was really started. */
export function RunConfiguration({ runId }: RunConfigurationProps) {
  const job = useQuery(runJobQuery(runId));
  const run = useQuery(runQuery(runId));
  const error = job.error ?? run.error;
  if (error && !(job.data && run.data)) {
    return (
      <ErrorState
        title="The configuration could not be loaded."
        error={error}
        onRetry={() => Promise.all([job.refetch(), run.refetch()])}
      />
    );
  }
  if (!job.data || !run.data) return <SkeletonLines lines={10} label="Loading configuration" />;
  return <Loaded key={runId} runId={runId} job={job.data} run={run.data} />;
}

interface LoadedProps {
  runId: string;
  job: Schema["RunJob"];
  run: Schema["FlowRunResponse"];
}

function Loaded({ runId, job, run }: LoadedProps) {
  const deploymentId = run.deployment_id ?? undefined;
  const { data: deployment } = useQuery({
    ...deploymentVariablesQuery(deploymentId ?? ""),
    enabled: deploymentId !== undefined,
  });
  const { data: poolType } = useQuery(workPoolTypeQuery(run.work_pool_name ?? undefined));
  const [promoted, setPromoted] = useState<Row[]>();
  const [target, setTarget] = useState<{ id: string; at: number }>();
  const { baselines, chooser } = useBaselines(
    deployment ? [{ id: "deployment", label: "Deployment defaults", job: deployment.explanation.job }] : [],
    deploymentId,
    runId,
  );
  return (
    <TableWithPanel
      panel={
        <EffectiveJob
          title={job.frozen ? "What it got" : "What it would get now"}
          explanation={job.explanation}
          poolType={poolType}
          baselines={baselines}
          chooser={chooser}
          onShowRow={(path) => setTarget({ id: outwards(path).at(-2) ?? path, at: Date.now() })}
        />
      }
    >
      <Moment
        job={job}
        ended={ENDED.has(run.state_type ?? "")}
        actions={<Actions runId={runId} deploymentId={deploymentId} />}
      />
      <ResolutionTable
        label="Job variables of the run"
        explanation={job.explanation}
        declarations={deployment?.declarations}
        definitions={deployment?.definitions as JsonObject | undefined}
        target={target}
        onPromote={deploymentId ? setPromoted : undefined}
        history={
          deploymentId
            ? (row) => <LeafHistory deploymentId={deploymentId} path={row.id} sensitive={row.sensitive} />
            : undefined
        }
      />
      <LaunchReport job={job} />
      {promoted && deploymentId ? (
        <PromoteDialog deploymentId={deploymentId} rows={promoted} onClose={() => setPromoted(undefined)} />
      ) : null}
    </TableWithPanel>
  );
}

function Moment({ job, ended, actions }: { job: Schema["RunJob"]; ended: boolean; actions: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      {job.frozen ? (
        <p className="text-muted">
          Frozen when a worker claimed the run, <Time value={job.frozen_at} />. Later edits of the pool or the
          deployment do not touch it.
        </p>
      ) : (
        <Banner
          title={
            ended ? "It ended before a worker claimed it" : "Not frozen yet: this is what it would get now"
          }
        >
          {ended
            ? "Nothing was started with this. It is what the run would get now."
            : "It is frozen in the moment in which a worker claims the run; until then edits of the pool and the deployment count."}
        </Banner>
      )}
      <div className="flex flex-wrap items-center gap-2">{actions}</div>
    </div>
  );
}

function Actions({ runId, deploymentId }: { runId: string; deploymentId: string | undefined }) {
  const navigate = useNavigate();
  const compare = (other: string) => navigate({ to: "/runs/compare", search: { a: other, b: runId } });
  return (
    <>
      <RunPicker
        label="Compare with"
        placeholder="Compare with a run…"
        deploymentId={deploymentId}
        without={[runId]}
        onChange={compare}
        className="w-52!"
      />
      {deploymentId ? (
        <LinkButton
          icon={Play}
          to="/deployments/$id/run"
          params={{ id: deploymentId }}
          search={{ from: runId }}
        >
          Run again with the same variables
        </LinkButton>
      ) : null}
    </>
  );
}
