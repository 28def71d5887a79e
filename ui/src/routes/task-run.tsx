import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Card } from "@/design/card";
import { TextLink } from "@/design/link";
import { SkeletonPage } from "@/design/skeleton";
import { Tabs } from "@/design/tabs";
import { hasEnded } from "@/features/run/ended";
import { LogsTab } from "@/features/run/logs-tab";
import { type Subject, type TaskDetail, taskDetailQuery, useLiveTask } from "@/features/run/queries";
import { TaskAttempts } from "@/features/run/task-attempts";
import { TaskFacts, TaskHeader } from "@/features/run/task-header";
import { TaskDetails, TaskInputs } from "@/features/run/task-inputs";
import { placeOf } from "@/features/search/places";
import { shortCount } from "@/lib/format";
import { type Search, textOf } from "@/lib/search";
import { NotLoaded } from "@/shell/missing";

export default function TaskRunPage() {
  const { id } = useParams({ from: "/task-runs/$id" });
  const { data, error, refetch, isPlaceholderData } = useQuery(taskDetailQuery(id));
  useLiveTask(id, data?.run.flow_run_id);
  if (error && (!data || isPlaceholderData)) {
    return (
      <NotLoaded
        noun="task run"
        id={id}
        all={{ to: "/runs", label: "Runs" }}
        error={error}
        onRetry={refetch}
      />
    );
  }
  if (!data || isPlaceholderData) return <SkeletonPage />;
  return (
    <div className="flex flex-col gap-4">
      <TaskHeader detail={data} linkTo={linkTo} />
      <Card>
        <TaskFacts detail={data} linkTo={linkTo} />
      </Card>
      <TaskTabs key={id} detail={data} />
    </div>
  );
}

function linkTo(subject: Subject, quiet = false) {
  return (
    <TextLink key={subject.id} quiet={quiet} {...placeOf(subject)}>
      {subject.name}
    </TextLink>
  );
}

function TaskTabs({ detail }: { detail: TaskDetail }) {
  const { run } = detail;
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const items = [
    {
      id: "attempts",
      label: "Attempts",
      count: run.run_count ?? 0,
      content: <TaskAttempts history={detail.history} />,
    },
    ...(run.flow_run_id
      ? [
          {
            id: "logs",
            label: "Logs",
            count: shortCount(detail.log_count ?? 0),
            content: (
              <LogsTab
                flowRunId={run.flow_run_id}
                taskRunId={run.id}
                live={!hasEnded(run.state_type)}
                origin={run.start_time}
              />
            ),
          },
        ]
      : []),
    { id: "inputs", label: "Inputs", content: <TaskInputs detail={detail} linkTo={linkTo} /> },
    { id: "details", label: "Details", content: <TaskDetails detail={detail} /> },
  ];
  const asked = textOf(search, "tab", "attempts");
  const value = items.some(({ id }) => id === asked) ? asked : "attempts";
  const onChange = (tab: string) => void navigate({ to: ".", search: { tab }, hash: "", replace: true });
  return <Tabs label="Task run" items={items} value={value} onChange={onChange} />;
}
