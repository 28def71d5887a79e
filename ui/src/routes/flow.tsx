import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { SkeletonPage } from "@/design/skeleton";
import { type TabItem, UrlTabs } from "@/design/tabs";
import { choiceOf, sortOf, writeChoice, writeSort } from "@/features/deployments/list/address";
import { DeploymentTable } from "@/features/deployments/list/deployment-table";
import { FlowHeader } from "@/features/flows/flow-header";
import { FlowOverview } from "@/features/flows/flow-overview";
import { type FlowRow, flowRowQuery } from "@/features/flows/queries";
import { readSort, writeSort as writeRunSort } from "@/features/runs/list/rows";
import { scopedTextOf, windowText, writeScopedText } from "@/features/runs/list/scoped-address";
import { ScopedRunList } from "@/features/runs/list/scoped-run-list";
import { useLiveRefresh } from "@/lib/live-refresh";
import { type Search, textOf } from "@/lib/search";
import { NotLoaded } from "@/shell/missing";

const LIVE_MS = 5000;
const SAME_IN_EACH_ROW = ["flow"];

export default function FlowPage() {
  const { id } = useParams({ from: "/flows/$id" });
  const { data, error, refetch } = useQuery(flowRowQuery(id));
  useLiveRefresh(["flow_runs", "deployments"], LIVE_MS, () => void refetch());
  if (error && !data) {
    return (
      <NotLoaded noun="flow" id={id} all={{ to: "/flows", label: "Flows" }} error={error} onRetry={refetch} />
    );
  }
  if (!data) return <SkeletonPage />;
  return (
    <div className="flex flex-col gap-4">
      <FlowHeader key={id} row={data} />
      <FlowTabs key={id} row={data} />
    </div>
  );
}

function FlowTabs({ row }: { row: FlowRow }) {
  const navigate = useNavigate();
  const onWindow = (from: number, to: number) =>
    void navigate({ to: ".", search: { tab: "runs", q: windowText(from, to) } });
  const items: TabItem[] = [
    { id: "overview", label: "Overview", content: <FlowOverview row={row} onWindow={onWindow} /> },
    {
      id: "deployments",
      label: "Deployments",
      count: row.deployments,
      content: <Deployments flowId={row.id} />,
    },
    { id: "runs", label: "Runs", content: <Runs row={row} /> },
  ];
  return <UrlTabs label="Flow" items={items} />;
}

function useShow() {
  const navigate = useNavigate();
  return (part: Search) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...part }), replace: true });
}

function Deployments({ flowId }: { flowId: string }) {
  const search = useSearch({ strict: false }) as Search;
  const show = useShow();
  const choice = useMemo(() => ({ ...choiceOf(search), flowId }), [search, flowId]);
  return (
    <DeploymentTable
      choice={choice}
      sort={sortOf(search)}
      onSort={(sort) => show({ sort: writeSort(sort) })}
      onChange={(part) => show(writeChoice({ ...choice, ...part }))}
    />
  );
}

function Runs({ row }: { row: FlowRow }) {
  const search = useSearch({ strict: false }) as Search;
  const show = useShow();
  return (
    <ScopedRunList
      scope={{ key: "flow", value: row.name }}
      without={SAME_IN_EACH_ROW}
      text={scopedTextOf(search)}
      sort={readSort(textOf(search, "sort"))}
      onText={(text) => show({ q: writeScopedText(text) })}
      onSort={(sort) => show({ sort: writeRunSort(sort) })}
    />
  );
}
