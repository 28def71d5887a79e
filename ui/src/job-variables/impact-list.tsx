import { ChevronRight, CircleAlert } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Banner } from "@/design/banner";
import { Chip } from "@/design/chip";
import { cx } from "@/design/cx";
import type { Schema } from "@/lib/api";
import { plural } from "@/lib/format";
import { ChangeText } from "./difference-table";
import { differenceOf } from "./leaf-diff";

type Impact = Schema["Impact"];

export interface ImpactListProps {
  impacts: readonly Impact[];
  /** How many deployments the pool has in all, where that is known. */
  total?: number | undefined;
  /** The name of a deployment as a link to its page. */
  nameOf?: ((impact: Impact) => ReactNode) | undefined;
  /** Begins with what changes in each deployment in view. */
  expanded?: boolean | undefined;
}

/** What saving a pool's template would do to its deployments: errors first. */
export function ImpactList({
  impacts,
  total,
  nameOf = ({ name }) => name,
  expanded = false,
}: ImpactListProps) {
  /** Those that somebody opened, or, where all begin open, closed. */
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const sorted = [...impacts].sort((a, b) => weight(b) - weight(a) || a.name.localeCompare(b.name));
  const toggle = (id: string) =>
    setOpen(
      (before) => new Set(before.has(id) ? [...before].filter((each) => each !== id) : [...before, id]),
    );
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <ImpactSummary impacts={impacts} total={total} />
      {sorted.length ? (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {sorted.map((impact) => (
            <li key={impact.id}>
              <ImpactItem
                impact={impact}
                name={nameOf(impact)}
                open={open.has(impact.id) !== expanded || impact.errors.length > 0}
                onToggle={() => toggle(impact.id)}
              />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

const isChanged = (impact: Impact) => impact.changes.length > 0 || impact.launches_differently;
const weight = (impact: Impact) =>
  impact.errors.length * 1000 + (isChanged(impact) ? 100 : 0) + impact.changes.length;

/** "12 deployments use this default; 9 will change, 3 override it." Queued runs keep nothing; claimed ones all. */
export function ImpactSummary({ impacts, total }: Pick<ImpactListProps, "impacts" | "total">) {
  const broken = impacts.filter(({ errors }) => errors.length).length;
  const changed = impacts.filter(isChanged).length;
  const overriding = impacts.filter((impact) => !isChanged(impact) && impact.overrides.length).length;
  const using = total ?? impacts.length;
  if (!impacts.length) {
    return <Banner tone="success">No deployment would be launched differently.</Banner>;
  }
  const parts = [`${changed} will change`, `${overriding} ${overriding === 1 ? "overrides" : "override"} it`];
  return (
    <Banner tone={broken ? "danger" : "info"}>
      <p className="font-medium">
        {plural(using, "deployment")} {using === 1 ? "uses" : "use"} this; {parts.join(", ")}.
        {broken ? ` ${plural(broken, "deployment")} would become invalid.` : ""}
      </p>
      <p className="text-sm">Runs that a worker has claimed keep the job that they got.</p>
    </Banner>
  );
}

interface ImpactItemProps {
  impact: Impact;
  name: ReactNode;
  open: boolean;
  onToggle: () => void;
}

function ImpactItem({ impact, name, open, onToggle }: ImpactItemProps) {
  const { changes, overrides, errors, launches_differently } = impact;
  return (
    <>
      <div className="flex min-w-0 flex-wrap items-center gap-2 px-2 py-1.5">
        <button
          type="button"
          aria-expanded={open}
          aria-label={`Changes of ${impact.name}`}
          onClick={onToggle}
          className="flex size-6 items-center justify-center rounded hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={cx("size-4 text-muted transition-transform", open && "rotate-90")}
          />
        </button>
        <span className="min-w-0 grow truncate font-medium">{name}</span>
        {errors.length ? (
          <Chip tone="danger" icon={CircleAlert}>
            {plural(errors.length, "error")}
          </Chip>
        ) : null}
        {changes.length ? <Chip tone="info">{plural(changes.length, "change")}</Chip> : null}
        {overrides.length ? <Chip>overrides {overrides.length}</Chip> : null}
        {!changes.length && launches_differently ? <Chip tone="info">placed differently</Chip> : null}
      </div>
      {open ? (
        <ul className="flex flex-col gap-1 pr-3 pb-2.5 pl-10">
          {errors.map((error) => (
            <li key={`${error.path}${error.message}`} className="text-sm text-danger">
              <span className="font-mono font-medium">{error.path}</span> {error.message} {error.hint}
            </li>
          ))}
          {changes.map((change) => (
            <li key={change.path}>
              <ChangeText difference={differenceOf(change)} />
            </li>
          ))}
          {overrides.map((path) => (
            <li key={path} className="text-sm text-muted">
              <span className="font-mono">{path}</span> stays: the deployment overrides it
            </li>
          ))}
          {!changes.length && launches_differently ? (
            <li className="text-sm text-muted">
              The values are the same; they go to other places of the job.
            </li>
          ) : null}
        </ul>
      ) : null}
    </>
  );
}
