import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { SkeletonPage } from "@/design/skeleton";
import { UrlTabs } from "@/design/tabs";
import { ResourceEvents } from "@/features/events/resource-events";
import { RUN_COLUMNS } from "@/features/runs/list/columns";
import { PoolHeader } from "@/features/work-pools/pool-header";
import { PoolRuns } from "@/features/work-pools/pool-runs";
import type { PoolRow } from "@/features/work-pools/queries";
import { QueueTable } from "@/features/work-pools/queue-table";
import { StartWorker } from "@/features/work-pools/start-worker";
import { TemplateEditor } from "@/features/work-pools/template/template-editor";
import { usePoolActions } from "@/features/work-pools/use-pool-actions";
import { usePoolRows } from "@/features/work-pools/use-pool-rows";
import { workerCommand } from "@/features/work-pools/words";
import { WorkerTable } from "@/features/workers/worker-table";
import { shellWord } from "@/lib/quoting";
import { flagOf, type Search } from "@/lib/search";
import { Missing, NotLoaded } from "@/shell/missing";

const COLUMNS = RUN_COLUMNS.filter(({ id }) => id !== "pool");

export default function WorkPoolPage() {
  const { name = "" } = useParams({ strict: false });
  const { data, error, refetch } = usePoolRows();
  const pool = data?.find((each) => each.name === name);
  const missing = { noun: "work pool", id: name, all: { to: "/work-pools", label: "Work pools" } } as const;
  if (error && !data) {
    return <NotLoaded {...missing} error={error} onRetry={refetch} />;
  }
  if (!data) return <SkeletonPage />;
  if (!pool) {
    return <Missing {...missing} command={`penstock work-pool create ${shellWord(name)} --type process`} />;
  }
  return <Loaded key={pool.id} pool={pool} />;
}

function Loaded({ pool }: { pool: PoolRow }) {
  const { name } = pool;
  const navigate = useNavigate();
  const isNew = flagOf(useSearch({ strict: false }) as Search, "new");
  const actions = usePoolActions(() => void navigate({ to: "/work-pools" }));
  const dismiss = () =>
    void navigate({ to: ".", search: (before) => ({ ...before, new: undefined }), replace: true });
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <PoolHeader
        pool={pool}
        actions={actions}
        onDuplicate={() => void navigate({ to: "/work-pools/new", search: { from: name } })}
      />
      <StartWorker pool={pool} isNew={isNew} onDismiss={dismiss} />
      <UrlTabs
        label="Work pool"
        items={[
          { id: "queues", label: "Queues", count: pool.queues, content: <QueueTable pool={name} /> },
          {
            id: "workers",
            label: "Workers",
            count: pool.workers_online + pool.workers_offline,
            content: <WorkerTable pool={name} command={workerCommand(name)} />,
          },
          { id: "runs", label: "Runs", content: <PoolRuns name={name} columns={COLUMNS} /> },
          { id: "template", label: "Template", content: <TemplateEditor row={pool} /> },
          {
            id: "events",
            label: "Events",
            content: <ResourceEvents resource={`prefect.work-pool.${pool.id}`} />,
          },
        ]}
      />
      {actions.dialogs}
    </div>
  );
}
