import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Card } from "@/design/card";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { TrendCard } from "@/design/run-trend/trend-card";
import { TrendTable } from "@/design/run-trend/trend-table";
import { pictureOf } from "@/design/state-histogram/model";
import { useLiveRefresh } from "@/lib/live-refresh";
import { lastCounts, outcomesOf } from "@/lib/statistics";
import { type FlowRow, historyQuery, recentRunsQuery } from "./queries";

const DAYS = 30;
const JUDGED_DAYS = 7;
const SHOWN = 10;
const LIVE_MS = 3000;

interface FlowOverviewProps {
  row: FlowRow;
  /** Days were chosen: from when to when, in milliseconds. */
  onWindow: (from: number, to: number) => void;
}

/** How its runs go, over all its deployments. */
export function FlowOverview({ row, onWindow }: FlowOverviewProps) {
  const recent = useQuery(recentRunsQuery(row.id));
  const history = useQuery(historyQuery(row.id, DAYS));
  useLiveRefresh(["flow_runs"], LIVE_MS, () => {
    void recent.refetch();
    void history.refetch();
  });
  const navigate = useNavigate();
  if (recent.error && !recent.data)
    return <ErrorState title="Its runs could not be loaded." error={recent.error} onRetry={recent.refetch} />;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="grid min-w-0 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_32rem]">
        <TrendCard
          name={row.name}
          runs={recent.data}
          outcomes={history.data && outcomesOf(lastCounts(history.data.series, JUDGED_DAYS))}
          days={JUDGED_DAYS}
          history={history.data && { ...pictureOf(history.data), onWindow }}
          onOpen={({ id }) => void navigate({ to: "/runs/$id", params: { id } })}
          empty={<EmptyState compact title="It has not run yet" />}
        />
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
              id="flow-last"
              label={`Last runs of ${row.name}`}
              runs={recent.data.slice(0, SHOWN)}
            />
          </Card>
        ) : null}
      </div>
    </div>
  );
}
