import { useInfiniteQuery } from "@tanstack/react-query";
import { Rocket, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/design/button";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { DataTable } from "@/design/data-table/data-table";
import { pageProps } from "@/design/data-table/pages";
import { useSelection } from "@/design/data-table/selection";
import type { Sort } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { toast } from "@/design/toast";
import { plural } from "@/lib/format";
import { useLiveRefresh } from "@/lib/live-refresh";
import { allIds, type DeploymentChoice, deleteDeployments, deploymentListQuery } from "../queries";
import { isFiltered } from "./address";
import { DEPLOYMENT_COLUMNS } from "./columns";
import { DeploymentFilters } from "./deployment-filters";

const LIVE_MS = 5000;
/** Rows beyond these are in the document only while they are in view. */
const VIRTUAL_FROM = 40;

export interface DeploymentTableProps {
  choice: DeploymentChoice;
  sort: Sort;
  onChange: (part: Partial<DeploymentChoice>) => void;
  onSort: (sort: Sort) => void;
}

/** The deployments that are asked for, and what can be done with them. */
export function DeploymentTable({ choice, sort, onChange, onSort }: DeploymentTableProps) {
  const query = useInfiniteQuery(deploymentListQuery(choice));
  const { data, refetch } = query;
  useLiveRefresh(["flow_runs"], LIVE_MS, () => void refetch());
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows), [data]);
  const { selection, onSelectionChange, clear } = useSelection();
  const [isDeleting, setIsDeleting] = useState(false);
  const total = data?.pages[0]?.count;
  const size = selection.all ? (total ?? 0) : selection.ids.size;
  return (
    <>
      <DataTable
        id="deployments"
        label="Deployments"
        noun="deployment"
        virtualFrom={VIRTUAL_FROM}
        columns={DEPLOYMENT_COLUMNS}
        rows={rows}
        rowId={({ id }) => id}
        total={total}
        sort={sort}
        onSort={onSort}
        {...pageProps(query)}
        selection={selection}
        onSelectionChange={onSelectionChange}
        bulkActions={
          <Button size="small" kind="danger" icon={Trash2} onClick={() => setIsDeleting(true)}>
            Delete
          </Button>
        }
        toolbar={<DeploymentFilters choice={choice} rows={rows} onChange={onChange} />}
        empty={
          isFiltered(choice) ? (
            <EmptyState
              title="No deployment matches."
              action={
                <Button onClick={() => onChange({ text: "", tags: [], pools: [], paused: undefined })}>
                  Clear the filters
                </Button>
              }
            />
          ) : (
            <NoDeployments />
          )
        }
      />
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title={`Delete ${plural(size, "deployment")}?`}
        confirm={`Delete ${plural(size, "deployment")}`}
        typed={`delete ${size}`}
        danger
        onConfirm={async () => {
          const ids = selection.all ? await allIds(choice) : [...selection.ids];
          await deleteDeployments(ids);
          clear();
          toast({ title: `Deleted ${plural(ids.length, "deployment")}` });
        }}
      >
        <p>
          Their schedules, their job variables and the runs that wait for them go with them. Runs that have
          begun stay, and so do the flows.
        </p>
      </ConfirmDialog>
    </>
  );
}

function NoDeployments() {
  return (
    <EmptyState
      icon={Rocket}
      title="There are no deployments yet"
      command="penstock deploy hello.py:hello -n demo --pool local"
    >
      A deployment is a flow with the place of its code, its parameters, its schedules, and what its runs are
      launched with. In a folder with a penstock.yaml,{" "}
      <code className="font-mono">penstock deploy --all</code> does all of them.
    </EmptyState>
  );
}
