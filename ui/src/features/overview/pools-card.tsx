import { CircleAlert, CircleCheck, CirclePause, type LucideIcon } from "lucide-react";
import { Card } from "@/design/card";
import { cx } from "@/design/cx";
import { EmptyState } from "@/design/empty-state";
import { TextLink } from "@/design/link";
import { ProgressBar } from "@/design/progress-bar";
import { count, plural } from "@/lib/format";
import type { PoolCapacity } from "./queries";

const STATUSES: Record<PoolCapacity["status"], { icon: LucideIcon; ink: string; label: string }> = {
  READY: { icon: CircleCheck, ink: "text-success", label: "Ready" },
  NOT_READY: { icon: CircleAlert, ink: "text-warning", label: "No worker online" },
  PAUSED: { icon: CirclePause, ink: "text-muted", label: "Paused" },
};

/** How busy each work pool is. */
export function PoolsCard({ pools }: { pools: readonly PoolCapacity[] }) {
  return (
    <Card flush title="Work pools" actions={<TextLink to="/work-pools">All pools</TextLink>}>
      {pools.length === 0 ? (
        <EmptyState
          compact
          title="There is no work pool."
          command="penstock work-pool create local --type process"
        />
      ) : (
        <ul className="flex flex-col [&>li+li]:border-t [&>li+li]:border-line">
          {pools.map((pool) => (
            <Pool key={pool.name} pool={pool} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Pool({ pool }: { pool: PoolCapacity }) {
  const { name, type, status, active, limit, waiting, workers_online: online } = pool;
  const { icon: Icon, ink, label } = STATUSES[status];
  const isCalm = waiting === 0 || status === "PAUSED";
  return (
    <li className="flex flex-col gap-1.5 px-4 py-2.5">
      <p className="flex items-center gap-2">
        <Icon role="img" aria-label={label} className={cx("size-4 shrink-0", ink)} />
        <span className="min-w-0 truncate">
          <TextLink quiet to="/work-pools/$name" params={{ name }}>
            {name}
          </TextLink>
        </span>
        <span className="truncate text-sm text-muted">{type}</span>
        <span className="ml-auto text-sm whitespace-nowrap tabular-nums">
          {count(active)}
          {limit === null ? " running" : ` of ${count(limit)}`}
        </span>
      </p>
      {limit === null ? null : (
        <ProgressBar limit value={active} max={limit} label={`Runs of ${name}, of its limit`} />
      )}
      <p className="flex flex-wrap justify-between gap-x-3 text-sm text-muted">
        <span>
          {status === "PAUSED"
            ? "Paused"
            : online > 0
              ? `${plural(online, "worker")} online`
              : "No worker online"}
        </span>
        {waiting > 0 ? (
          <TextLink
            quiet
            to="/runs"
            search={{ q: `state:scheduled pool:${quoted(name)}` }}
            className={cx("font-normal!", !isCalm && "text-warning!")}
          >
            {count(waiting)} waiting
          </TextLink>
        ) : null}
      </p>
    </li>
  );
}

const quoted = (name: string) => (/^[^\s",]+$/.test(name) ? name : `"${name}"`);
