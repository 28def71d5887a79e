import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { Time } from "@/design/time";
import { Provenance } from "@/job-variables/layer-mark";
import { ValueText } from "@/job-variables/value-text";
import { plural } from "@/lib/format";
import { leafHistoryQuery } from "./queries";

export interface LeafHistoryProps {
  deploymentId: string;
  path: string;
  sensitive: boolean;
}

/** "Why did REGION change?": each run that got another value than the one before it. */
export function LeafHistory({ deploymentId, path, sensitive }: LeafHistoryProps) {
  const { data, error, refetch } = useQuery(leafHistoryQuery(deploymentId, path));
  if (error)
    return <ErrorState compact error={error} title="The history could not be loaded." onRetry={refetch} />;
  if (!data) return <SkeletonLines lines={3} label="Loading history" />;
  return (
    <div className="flex flex-col gap-2">
      <h3 className="text-sm font-medium">
        How <code className="font-mono">{path}</code> changed
      </h3>
      {data.entries.length ? (
        <ol className="divide-y divide-line">
          {data.entries.map((entry) => (
            <li key={entry.flow_run.id} className="flex flex-col gap-0.5 py-1.5">
              <span className="flex items-baseline justify-between gap-3">
                <span className="min-w-0">
                  {entry.value === undefined ? (
                    <span className="text-sm text-muted italic">(no value)</span>
                  ) : (
                    <ValueText value={entry.value} masked={sensitive} className="font-medium" />
                  )}
                </span>
                <Provenance layer={entry.layer ?? undefined} />
              </span>
              <span className="flex items-baseline justify-between gap-3 text-sm text-muted">
                <TextLink to="/runs/$id" params={{ id: entry.flow_run.id }}>
                  {entry.flow_run.name}
                </TextLink>
                <Time value={entry.frozen_at} />
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="text-sm text-muted">No run of this deployment was launched yet.</p>
      )}
      <p className="text-xs text-muted">
        {plural(data.runs_looked_at, "run")} looked at; only those where it differs from the run before.
      </p>
    </div>
  );
}
