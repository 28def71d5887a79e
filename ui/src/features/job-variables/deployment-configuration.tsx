import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { deploymentVariablesQuery } from "./queries";

export interface DeploymentConfigurationProps {
  deploymentId: string;
}

/** The Configuration tab of a deployment: what its runs get, and from whom; edited path by path. */
export function DeploymentConfiguration({ deploymentId }: DeploymentConfigurationProps) {
  const { data, error, refetch } = useQuery(deploymentVariablesQuery(deploymentId));
  if (error)
    return <ErrorState title="The configuration could not be loaded." error={error} onRetry={refetch} />;
  if (!data) return <SkeletonLines lines={8} label="Loading configuration" />;
  return <p className="text-muted">{data.declarations.length} variables</p>;
}
