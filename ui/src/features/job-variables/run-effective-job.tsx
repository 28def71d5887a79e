import { useQuery } from "@tanstack/react-query";
import type { Explanation } from "@/job-variables/json";
import { EffectiveJob } from "@/job-variables/panel/effective-job";
import { useBaselines } from "./baselines";
import { deploymentVariablesQuery, workPoolTypeQuery } from "./queries";

export interface RunEffectiveJobProps {
  deploymentId: string;
  /** What the run would get, from whoever checks it. */
  explanation: Explanation | undefined;
  checking?: boolean | undefined;
  /** Leads to the row that an error is about. */
  onShowRow: (path: string) => void;
}

/** What a run that is not made yet would be launched with; held against the deployment's defaults and other runs. */
export function RunEffectiveJob({ deploymentId, explanation, checking, onShowRow }: RunEffectiveJobProps) {
  const { data } = useQuery(deploymentVariablesQuery(deploymentId));
  const { data: poolType } = useQuery(workPoolTypeQuery(data?.work_pool?.name));
  const { baselines, chooser } = useBaselines(
    [{ id: "deployment", label: "Deployment defaults", job: data?.explanation.job }],
    deploymentId,
  );
  if (data && !data.work_pool) return null;
  return (
    <EffectiveJob
      title="What the run would get"
      explanation={explanation ?? data?.explanation}
      loading={checking}
      poolType={poolType}
      baselines={baselines}
      chooser={chooser}
      onShowRow={onShowRow}
    />
  );
}
