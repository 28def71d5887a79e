import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { SkeletonPage } from "@/design/skeleton";
import { type TabItem, UrlTabs } from "@/design/tabs";
import { RelatedAutomations } from "@/features/automations/related-automations";
import { LimitCard } from "@/features/concurrency/limit-card";
import { limitsQuery } from "@/features/concurrency/queries";
import { DeploymentHeader } from "@/features/deployments/detail/header";
import { DeploymentOverview } from "@/features/deployments/detail/overview";
import { fullName, runCommand } from "@/features/deployments/names";
import { ParametersTab } from "@/features/deployments/parameters/parameters-tab";
import {
  type DeploymentDocument,
  type DeploymentRow,
  deploymentQuery,
  deploymentRowQuery,
} from "@/features/deployments/queries";
import { SchedulesTab } from "@/features/deployments/schedules/schedules-tab";
import { ResourceEvents } from "@/features/events/resource-events";
import { DeploymentConfiguration } from "@/features/job-variables/deployment-configuration";
import { readSort, writeSort } from "@/features/runs/list/rows";
import { scopedTextOf, windowText, writeScopedText } from "@/features/runs/list/scoped-address";
import { ScopedRunList } from "@/features/runs/list/scoped-run-list";
import { useLiveRefresh } from "@/lib/live-refresh";
import { type Search, textOf } from "@/lib/search";
import { NotLoaded } from "@/shell/missing";

const LIVE_MS = 3000;
const SAME_IN_EACH_ROW = ["flow", "deployment"];

export default function DeploymentPage() {
  const { id } = useParams({ from: "/deployments/$id" });
  const found = useQuery(deploymentQuery(id));
  const row = useQuery(deploymentRowQuery(id));
  useLiveRefresh(["flow_runs"], LIVE_MS, () => void row.refetch());
  // Without a row it was deleted, while it was looked at or before: the other answer says so.
  const isGone = row.data === null;
  const failed = [found, row].find(({ error, data }) => error && (isGone || !data));
  if (failed) {
    return (
      <NotLoaded
        noun="deployment"
        id={id}
        all={{ to: "/deployments", label: "Deployments" }}
        error={failed.error}
        onRetry={() => Promise.all([found.refetch(), row.refetch()])}
      />
    );
  }
  if (!found.data || !row.data) return <SkeletonPage />;
  return (
    <div className="flex flex-col gap-4">
      <DeploymentHeader key={id} row={row.data} />
      <DeploymentTabs key={id} row={row.data} found={found.data} />
    </div>
  );
}

function DeploymentTabs({ row, found }: { row: DeploymentRow; found: DeploymentDocument }) {
  const { id } = row;
  const navigate = useNavigate();
  const onWindow = (from: number, to: number) =>
    void navigate({ to: ".", search: { tab: "runs", q: windowText(from, to) } });
  const items: TabItem[] = [
    {
      id: "overview",
      label: "Overview",
      content: (
        <DeploymentOverview
          row={row}
          deployment={found.plain}
          limit={<Limit row={row} />}
          onWindow={onWindow}
        />
      ),
    },
    { id: "runs", label: "Runs", content: <Runs row={row} /> },
    {
      id: "configuration",
      label: "Configuration",
      count: row.overrides.length,
      content: <DeploymentConfiguration deploymentId={id} />,
    },
    {
      id: "parameters",
      label: "Parameters",
      content: <ParametersTab found={found} />,
    },
    {
      id: "schedules",
      label: "Schedules",
      count: row.schedules.length,
      content: <SchedulesTab row={row} found={found} />,
    },
    {
      id: "automations",
      label: "Automations",
      content: <RelatedAutomations resource={`prefect.deployment.${id}`} noun="deployment" />,
    },
    { id: "events", label: "Events", content: <ResourceEvents resource={`prefect.deployment.${id}`} /> },
  ];
  return <UrlTabs label="Deployment" items={items} />;
}

function Runs({ row }: { row: DeploymentRow }) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const show = (part: Search) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <ScopedRunList
      scope={{ key: "deployment", value: fullName(row) }}
      without={SAME_IN_EACH_ROW}
      text={scopedTextOf(search)}
      sort={readSort(textOf(search, "sort"))}
      onText={(text) => show({ q: writeScopedText(text) })}
      onSort={(sort) => show({ sort: writeSort(sort) })}
      command={runCommand(fullName(row))}
    />
  );
}

/** Its own limit, with who is in it and who waits. */
function Limit({ row }: { row: DeploymentRow }) {
  const { data } = useQuery({ ...limitsQuery, enabled: row.concurrency_limit !== null });
  const limit = data?.find(({ kind, subject }) => kind === "deployment" && subject.id === row.id);
  if (row.concurrency_limit === null || !limit) return null;
  return <LimitCard limit={limit} name="Concurrency limit" />;
}
