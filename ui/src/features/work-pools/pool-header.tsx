import { Copy, CopyPlus, Ellipsis, Pause, Pencil, Play, SquareTerminal, Trash2 } from "lucide-react";
import { Button, IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { TextLink } from "@/design/link";
import { Menu } from "@/design/menu";
import { PageHeader } from "@/design/page-header";
import { count, plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { Capacity } from "./capacity";
import type { PoolRow } from "./queries";
import { PoolStatus } from "./status";
import type { usePoolActions } from "./use-pool-actions";
import { poolTerm } from "./words";

export interface PoolHeaderProps {
  pool: PoolRow;
  actions: ReturnType<typeof usePoolActions>;
  onDuplicate: () => void;
}

/** What a pool is and how it is, and what can be done to it. */
export function PoolHeader({ pool, actions, onDuplicate }: PoolHeaderProps) {
  const { name, type, status, is_paused: isPaused, description } = pool;
  const { setPaused, copyCommand, edit, remove } = actions;
  useKeys("Work pool", [
    { keys: "e", label: "Edit description and limit", run: () => edit(pool) },
    { keys: "shift+p", label: isPaused ? "Resume" : "Pause", run: () => void setPaused(name, !isPaused) },
  ]);
  return (
    <PageHeader
      breadcrumb={[
        <TextLink key="pools" quiet to="/work-pools">
          Work pools
        </TextLink>,
      ]}
      title={name}
      badge={
        <>
          <Chip>{type}</Chip>
          <PoolStatus status={status} />
        </>
      }
      meta={
        <>
          {description ? <span className="basis-full text-text">{description}</span> : null}
          <span className="flex items-center gap-2">
            Running <Capacity name={name} active={pool.active} limit={pool.concurrency_limit} />
          </span>
          <Waiting pool={pool} />
          <span>{workersText(pool)}</span>
          <TextLink to="/deployments" search={{ pool: name }}>
            {plural(pool.deployments, "deployment")}
          </TextLink>
        </>
      }
      actions={
        <>
          <Button
            icon={isPaused ? Play : Pause}
            kind={isPaused ? "primary" : "secondary"}
            onClick={() => void setPaused(name, !isPaused)}
          >
            {isPaused ? "Resume" : "Pause"}
          </Button>
          <Button icon={Pencil} onClick={() => edit(pool)}>
            Edit
          </Button>
          <Menu
            label={`Actions for ${name}`}
            trigger={<IconButton icon={Ellipsis} kind="secondary" label="More actions" />}
            groups={[
              [
                {
                  id: "command",
                  label: "Copy worker command",
                  icon: SquareTerminal,
                  onSelect: () => void copyCommand(name),
                },
                { id: "duplicate", label: "Duplicate…", icon: CopyPlus, onSelect: onDuplicate },
                {
                  id: "id",
                  label: "Copy id",
                  icon: Copy,
                  onSelect: () => void navigator.clipboard?.writeText(pool.id),
                },
              ],
              [{ id: "delete", label: "Delete…", icon: Trash2, danger: true, onSelect: () => remove(pool) }],
            ]}
          />
        </>
      }
    />
  );
}

function Waiting({ pool }: { pool: PoolRow }) {
  if (pool.waiting === 0) return <span>nothing waits</span>;
  return (
    <span>
      <TextLink to="/runs" search={{ q: `state:scheduled ${poolTerm(pool.name)}` }}>
        {count(pool.waiting)} waiting
      </TextLink>
      {pool.late ? (
        <>
          {", "}
          <TextLink to="/runs" search={{ q: `state:late ${poolTerm(pool.name)}` }} className="text-warning!">
            {count(pool.late)} late
          </TextLink>
        </>
      ) : null}
    </span>
  );
}

function workersText({ workers_online: online, workers_offline: offline }: PoolRow): string {
  if (online + offline === 0) return "no worker yet";
  return `${plural(online, "worker")} online${offline ? `, ${count(offline)} offline` : ""}`;
}
