import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Card } from "@/design/card";
import { TextLink } from "@/design/link";
import { SkeletonLines, SkeletonPage } from "@/design/skeleton";
import { Tabs } from "@/design/tabs";
import { taskTotal } from "@/features/run/actions";
import { SubflowRuns } from "@/features/run/children";
import { RunDetails } from "@/features/run/details";
import { hasEnded } from "@/features/run/ended";
import { RunFacts } from "@/features/run/facts";
import { StateHistory } from "@/features/run/history";
import { LogsTab } from "@/features/run/logs-tab";
import { RunParameters } from "@/features/run/parameters";
import { type RunDetail, runDetailQuery, type Subject, useLiveCounts } from "@/features/run/queries";
import { RunHeader } from "@/features/run/run-header";
import { TaskTable } from "@/features/run/task-table";
import { TimelineTab } from "@/features/run/timeline-tab";
import { WhyLine } from "@/features/run/why-line";
import { placeOf } from "@/features/search/places";
import { shortCount } from "@/lib/format";
import type { Search } from "@/lib/search";
import { textOf } from "@/lib/search";
import { NotLoaded } from "@/shell/missing";

/** Above so many task runs, the timeline waits until somebody opens it. */
const TIMELINE_UP_TO = 2000;

/** Half of the page's code, for one of its tabs. */
const RunConfiguration = lazy(() =>
  import("@/features/job-variables/run-configuration").then(({ RunConfiguration }) => ({
    default: RunConfiguration,
  })),
);

const ResourceEvents = lazy(() =>
  import("@/features/events/resource-events").then(({ ResourceEvents }) => ({ default: ResourceEvents })),
);

export default function RunPage() {
  const { id } = useParams({ from: "/runs/$id" });
  const { data, error, refetch, isPlaceholderData } = useQuery(runDetailQuery(id));
  useLiveCounts(id);
  if (error && (!data || isPlaceholderData)) {
    return (
      <NotLoaded
        noun="flow run"
        id={id}
        all={{ to: "/runs", label: "Runs" }}
        error={error}
        onRetry={refetch}
      />
    );
  }
  if (!data || isPlaceholderData) return <SkeletonPage />;
  return <Run key={id} detail={data} />;
}

function linkTo(subject: Subject, quiet = false) {
  return (
    <TextLink quiet={quiet} {...placeOf(subject)}>
      {subject.name}
    </TextLink>
  );
}

function Run({ detail }: { detail: RunDetail }) {
  const { run, why } = detail;
  return (
    <div className="flex flex-col gap-4">
      <RunHeader detail={detail} linkTo={linkTo} />
      {why ? <WhyLine why={why} linkTo={linkTo} /> : null}
      <Card>
        <RunFacts detail={detail} linkTo={linkTo} />
      </Card>
      <RunTabs key={run.id} detail={detail} />
    </div>
  );
}

function RunTabs({ detail }: { detail: RunDetail }) {
  const { run } = detail;
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const total = taskTotal(detail);
  const live = !hasEnded(run.state_type);
  const items = [
    { id: "timeline", label: "Timeline", content: <TimelineTab flowRunId={run.id} name={run.name} /> },
    {
      id: "logs",
      label: "Logs",
      count: shortCount(detail.log_count),
      content: <LogsTab flowRunId={run.id} live={live} origin={run.start_time} />,
    },
    { id: "tasks", label: "Tasks", count: shortCount(total), content: <TaskTable flowRunId={run.id} /> },
    { id: "parameters", label: "Parameters", content: <RunParameters detail={detail} /> },
    {
      id: "configuration",
      label: "Configuration",
      content: (
        <Suspense fallback={<SkeletonLines lines={10} label="Loading configuration" />}>
          <RunConfiguration runId={run.id} />
        </Suspense>
      ),
    },
    { id: "history", label: "History", content: <StateHistory entries={detail.history} /> },
    {
      id: "events",
      label: "Events",
      content: (
        <Suspense fallback={<SkeletonLines lines={10} label="Loading events" />}>
          <ResourceEvents resource={`prefect.flow-run.${run.id}`} />
        </Suspense>
      ),
    },
    {
      id: "subflows",
      label: "Subflow runs",
      count: shortCount(detail.child_count),
      content: <SubflowRuns detail={detail} />,
    },
    { id: "details", label: "Details", content: <RunDetails detail={detail} /> },
  ];
  const usual = total > 0 && total <= TIMELINE_UP_TO ? "timeline" : "logs";
  const asked = textOf(search, "tab", usual);
  const value = items.some(({ id }) => id === asked) ? asked : usual;
  const onChange = (tab: string) => void navigate({ to: ".", search: { tab }, hash: "", replace: true });
  return <Tabs label="Run" items={items} value={value} onChange={onChange} />;
}
