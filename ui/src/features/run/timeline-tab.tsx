import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Workflow } from "lucide-react";
import { lazy, Suspense, useCallback } from "react";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { Skeleton } from "@/design/skeleton";
import { oneOf, type Search, textOf } from "@/lib/search";
import { timelineQuery, useLiveTimeline } from "./queries";

const RunGraph = lazy(() => import("@/run-graph/run-graph").then(({ RunGraph }) => ({ default: RunGraph })));

/** The run's tasks in time or as a graph; selection and layout are in the address. */
export function TimelineTab({ flowRunId, name }: { flowRunId: string; name: string }) {
  const { data, error, refetch } = useQuery(timelineQuery(flowRunId));
  useLiveTimeline(flowRunId);
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = (part: Search) =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, ...part }), replace: true });
  const linkTo = useCallback(
    (id: string, label: string) => (
      <TextLink quiet to="/task-runs/$id" params={{ id }}>
        {label}
      </TextLink>
    ),
    [],
  );
  if (error && !data)
    return <ErrorState title="The timeline could not be loaded." error={error} onRetry={refetch} />;
  if (!data) return <GraphSkeleton />;
  if (data.ids.length === 0) {
    return (
      <EmptyState icon={Workflow} title="It has run no task yet">
        Functions with <code className="font-mono">@task</code> that the flow calls appear here, in time and
        as a graph.
      </EmptyState>
    );
  }
  const selected = textOf(search, "node");
  return (
    <Suspense fallback={<GraphSkeleton />}>
      <RunGraph
        timeline={data}
        label={`Tasks of ${name}`}
        view={oneOf(search, "view", ["timeline", "graph", "list"])}
        onViewChange={(view) => set({ view: view === "timeline" ? undefined : view })}
        selected={selected || undefined}
        onSelect={(node) => set({ node })}
        onOpen={(id) => void navigate({ to: "/task-runs/$id", params: { id } })}
        linkTo={linkTo}
      />
    </Suspense>
  );
}

function GraphSkeleton() {
  return (
    <div role="status" aria-label="Loading timeline" className="flex flex-col gap-2">
      <Skeleton className="h-control w-80 max-w-full" />
      <Skeleton className="h-[clamp(20rem,calc(100dvh-27rem),60rem)] w-full" />
    </div>
  );
}
