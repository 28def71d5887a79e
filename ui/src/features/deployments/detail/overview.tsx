import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Card } from "@/design/card";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { TrendCard } from "@/design/run-trend/trend-card";
import { TrendTable } from "@/design/run-trend/trend-table";
import { SkeletonLines } from "@/design/skeleton";
import { StateBadge } from "@/design/state-badge";
import { pictureOf } from "@/design/state-histogram/model";
import { Time } from "@/design/time";
import { useLiveRefresh } from "@/lib/live-refresh";
import { lastCounts, outcomesOf } from "@/lib/statistics";
import { fullName, runCommand } from "../names";
import {
  type Deployment,
  type DeploymentRow,
  historyQuery,
  nextRunsQuery,
  type RunRow,
  recentRunsQuery,
} from "../queries";
import { DeploymentFacts } from "./facts";
import { SchedulesSummary } from "./schedules-summary";

const DAYS = 30;
const JUDGED_DAYS = 7;
const SHOWN = 8;
const LIVE_MS = 3000;

interface OverviewProps {
  row: DeploymentRow;
  deployment: Deployment;
  /** Its limit with who occupies it, where it has one. */
  limit: ReactNode;
  /** Days were chosen: from when to when, in milliseconds. */
  onWindow: (from: number, to: number) => void;
}

/** How it runs and when it runs next. */
export function DeploymentOverview({ row, deployment, limit, onWindow }: OverviewProps) {
  const recent = useQuery(recentRunsQuery(row.id));
  const next = useQuery(nextRunsQuery(row.id));
  const history = useQuery(historyQuery(row.id, DAYS));
  useLiveRefresh(["flow_runs"], LIVE_MS, () => {
    void recent.refetch();
    void next.refetch();
    void history.refetch();
  });
  const navigate = useNavigate();
  const full = fullName(row);
  return (
    <div className="grid min-w-0 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="flex min-w-0 flex-col gap-4">
        {recent.error && !recent.data ? (
          <ErrorState title="Its runs could not be loaded." error={recent.error} onRetry={recent.refetch} />
        ) : (
          <TrendCard
            name={full}
            runs={recent.data}
            outcomes={history.data && outcomesOf(lastCounts(history.data.series, JUDGED_DAYS))}
            days={JUDGED_DAYS}
            history={history.data && { ...pictureOf(history.data), onWindow }}
            onOpen={({ id }) => void navigate({ to: "/runs/$id", params: { id } })}
            empty={
              <EmptyState compact title="It has not run yet" command={runCommand(full)}>
                Its runs stand here with how long they took.
              </EmptyState>
            }
          />
        )}
        {recent.data?.length ? (
          <Card
            flush
            title="Last runs"
            actions={
              <TextLink to="." search={{ tab: "runs" }}>
                All its runs
              </TextLink>
            }
          >
            <TrendTable
              id="deployment-last"
              label={`Last runs of ${full}`}
              runs={recent.data.slice(0, SHOWN)}
            />
          </Card>
        ) : null}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <SchedulesSummary row={row} />
        <NextRuns runs={next.data} />
        {limit}
        <DeploymentFacts deployment={deployment} />
      </div>
    </div>
  );
}

const NEXT: Column<RunRow>[] = [
  {
    id: "name",
    header: "Run",
    required: true,
    minWidth: 88,
    cell: (run) => (
      <TextLink quiet to="/runs/$id" params={{ id: run.id }} className="truncate">
        {run.name}
      </TextLink>
    ),
  },
  {
    id: "state",
    header: "State",
    width: 122,
    cell: (run) => <StateBadge type={run.state_type} name={run.state_name} />,
  },
  {
    id: "due",
    header: "Expected",
    width: 114,
    align: "right",
    cell: (run) => <Time value={run.expected_start_time} />,
  },
];

function NextRuns({ runs }: { runs: readonly RunRow[] | undefined }) {
  return (
    <Card flush title="Next runs">
      {runs === undefined ? (
        <div className="px-4 py-3">
          <SkeletonLines lines={3} />
        </div>
      ) : (
        <DataTable
          bare
          height="auto"
          keys={false}
          id="deployment-next"
          label="Next runs"
          noun="run"
          columns={NEXT}
          rows={runs}
          rowId={({ id }) => id}
          empty={<EmptyState compact title="Nothing is scheduled" />}
        />
      )}
    </Card>
  );
}
