import { useInfiniteQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { useMemo } from "react";
import { Button } from "@/design/button";
import { CodeBlock } from "@/design/code-block";
import { DataTable } from "@/design/data-table/data-table";
import { pageProps } from "@/design/data-table/pages";
import type { Sort } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { FilterBar } from "@/design/filter-bar";
import { TextAndTags } from "@/design/list-filters";
import { useLiveRefresh } from "@/lib/live-refresh";
import { isFiltered } from "./address";
import { FLOW_COLUMNS } from "./columns";
import { type FlowChoice, flowListQuery } from "./queries";

const LIVE_MS = 5000;
const VIRTUAL_FROM = 40;

export interface FlowTableProps {
  choice: FlowChoice;
  sort: Sort;
  onChange: (part: Partial<FlowChoice>) => void;
  onSort: (sort: Sort) => void;
}

/** All flows, with how their runs of the last days went. */
export function FlowTable({ choice, sort, onChange, onSort }: FlowTableProps) {
  const query = useInfiniteQuery(flowListQuery(choice));
  const { data, refetch } = query;
  useLiveRefresh(["flow_runs", "deployments"], LIVE_MS, () => void refetch());
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows), [data]);
  const clear = () => onChange({ text: "", tags: [] });
  return (
    <DataTable
      id="flows"
      label="Flows"
      noun="flow"
      virtualFrom={VIRTUAL_FROM}
      columns={FLOW_COLUMNS}
      rows={rows}
      rowId={({ id }) => id}
      total={data?.pages[0]?.count}
      sort={sort}
      onSort={onSort}
      {...pageProps(query)}
      toolbar={
        <FilterBar onClear={isFiltered(choice) ? clear : undefined}>
          <TextAndTags
            label="Search flows"
            placeholder="Name or tag"
            choice={choice}
            rows={rows}
            onChange={onChange}
          />
        </FilterBar>
      }
      empty={
        isFiltered(choice) ? (
          <EmptyState title="No flow matches" action={<Button onClick={clear}>Clear the filters</Button>} />
        ) : (
          <EmptyState icon={Workflow} title="There are no flows yet">
            A flow is here as soon as it has run once, or is deployed.
            <CodeBlock code={FIRST_FLOW} label="a first flow" className="mt-3 w-full" />
          </EmptyState>
        )
      }
    />
  );
}

const FIRST_FLOW = `from penstock import flow

@flow
def hello(name: str = "world"):
    print(f"Hello, {name}!")

hello()`;
