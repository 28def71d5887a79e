import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { runJobQuery } from "./queries";

export interface RunConfigurationProps {
  runId: string;
}

/** The Configuration tab of a run: what it got, from whom, and what was really started. */
export function RunConfiguration({ runId }: RunConfigurationProps) {
  const { data, error, refetch } = useQuery(runJobQuery(runId));
  if (error)
    return <ErrorState title="The configuration could not be loaded." error={error} onRetry={refetch} />;
  if (!data) return <SkeletonLines lines={8} label="Loading configuration" />;
  return <p className="text-muted">{data.explanation.job.leaves?.length ?? 0} values</p>;
}
