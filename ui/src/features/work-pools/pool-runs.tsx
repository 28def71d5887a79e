import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { LinkButton } from "@/design/link";
import type { Schema } from "@/lib/api";
import { shellWord } from "@/lib/quoting";
import { poolRunsQuery } from "./queries";
import { poolTerm } from "./words";

export interface PoolRunsProps {
  name: string;
  columns: readonly Column<Schema["FlowRunRow"]>[];
}

/** The latest runs of a pool; the page Runs has all of them. */
export function PoolRuns({ name, columns }: PoolRunsProps) {
  const { data, error, refetch } = useQuery(poolRunsQuery(name));
  return (
    <DataTable
      id="pool-runs"
      label={`Runs of ${name}`}
      noun="run"
      columns={columns}
      rows={data?.rows}
      rowId={({ id }) => id}
      total={data?.count ?? undefined}
      error={error}
      onRetry={refetch}
      toolbar={
        <LinkButton size="small" to="/runs" search={{ q: poolTerm(name) }}>
          Filter and change them under Runs
        </LinkButton>
      }
      empty={
        <EmptyState
          icon={Play}
          title="Nothing has run here yet"
          command={`penstock deploy FILE.py:FLOW -n NAME --pool ${shellWord(name)}`}
        >
          Runs of deployments in this pool come here.
        </EmptyState>
      }
    />
  );
}
