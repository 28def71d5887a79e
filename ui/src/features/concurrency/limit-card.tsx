import { Link } from "@tanstack/react-router";
import { History, Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { IconButton } from "@/design/button";
import { Card } from "@/design/card";
import { Chip } from "@/design/chip";
import { DataTable } from "@/design/data-table/data-table";
import { ProgressBar } from "@/design/progress-bar";
import { Switch } from "@/design/switch";
import { useNow } from "@/design/time";
import { count, plural } from "@/lib/format";
import { holderColumns, WAITERS } from "./columns";
import { bucketText, isOwn, KINDS, levelAt, standing } from "./limits";
import type { ConcurrencyLimit } from "./queries";
import type { LimitActions } from "./use-limit-actions";

interface LimitCardProps {
  limit: ConcurrencyLimit;
  /** Links to what is limited. */
  name: ReactNode;
  /** When it was asked, in milliseconds; for slots that decay. */
  asked?: number | undefined;
  /** What can be done to a limit with a name, or of a tag. */
  actions?: LimitActions | undefined;
}

/** One limit: how full it is, who is in it, who waits. */
export function LimitCard({ limit, name, asked = 0, actions }: LimitCardProps) {
  const { text, tone } = standing(limit);
  const { subject, waiting, holders, waiters, holding } = limit;
  const own = isOwn(limit) ? actions : undefined;
  const columns = useMemo(() => holderColumns(own && ((holder) => own.release(limit, holder))), [own, limit]);
  const title = (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 whitespace-normal">
      <span className="min-w-0 break-words">{name}</span>
      <span className="text-sm font-normal text-muted">{KINDS[limit.kind]}</span>
      <Chip tone={tone}>{text}</Chip>
    </span>
  );
  return (
    <Card title={title} flush actions={own ? <Buttons limit={limit} actions={own} /> : undefined}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
        {limit.bucket ? <Bucket limit={limit} bucket={limit.bucket} asked={asked} /> : <Places {...limit} />}
        {waiting > 0 ? <span className="text-muted">{plural(waiting, "run")} waiting</span> : null}
        {own ? (
          <span className="ml-auto flex">
            <Switch
              checked={limit.is_on}
              onChange={(isOn) => own.switchTo(limit, isOn)}
              label={
                <>
                  On<span className="sr-only">: the limit {subject.name}</span>
                </>
              }
            />
          </span>
        ) : null}
      </div>
      {holders.length > 0 ? (
        <DataTable
          id={own ? "slot-holders" : `holders-${subject.id}`}
          label={`Runs that occupy ${subject.name}`}
          noun="holder"
          columns={columns}
          rows={holders}
          rowId={({ id, run, since }) => id ?? `${run?.id} ${since}`}
          bare
          height="auto"
          keys={false}
        />
      ) : null}
      <More of={holding} shown={holders.length} what="more hold places" />
      {waiters.length > 0 ? (
        <DataTable
          id={`waiters-${subject.id}`}
          label={`Runs that wait for ${subject.name}`}
          noun="waiting run"
          columns={WAITERS}
          rows={waiters}
          rowId={({ run, task_run }) => task_run?.id ?? run?.id ?? ""}
          bare
          height="auto"
          keys={false}
        />
      ) : null}
      <More of={waiting} shown={waiters.length} what="more wait" />
    </Card>
  );
}

function More({ of, shown, what }: { of: number; shown: number; what: string }) {
  return of > shown ? (
    <p className="border-t border-line px-4 py-2 text-sm text-muted">
      {count(of - shown)} {what}.
    </p>
  ) : null;
}

const BAR = { limit: true, label: "Places taken", className: "max-w-64 min-w-24 grow" } as const;

function Places({ active, limit }: ConcurrencyLimit) {
  return (
    <>
      <ProgressBar {...BAR} value={active} max={limit} />
      <span className="tabular-nums">
        {count(active)} of {count(limit)} taken
      </span>
    </>
  );
}

/** Slots that flow away do so while somebody looks. */
function Bucket({
  limit,
  bucket,
  asked,
}: {
  limit: ConcurrencyLimit;
  bucket: { level: number; decay: number };
  asked: number;
}) {
  const level = levelAt(bucket, asked, useNow());
  return (
    <>
      <ProgressBar {...BAR} value={level} max={limit.limit} />
      <span className="tabular-nums">{bucketText(level, limit.limit, bucket.decay)}</span>
    </>
  );
}

function Buttons({ limit, actions }: { limit: ConcurrencyLimit; actions: LimitActions }) {
  const { id, name } = limit.subject;
  return (
    <span className="flex shrink-0 gap-1">
      <Link
        to="/events"
        search={{ q: `resource:prefect.concurrency-limit.${id} since:ever` }}
        aria-label={`History of ${name}`}
        title={`History of ${name}`}
        className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
      >
        <History aria-hidden className="size-4" />
      </Link>
      <IconButton icon={Pencil} size="small" label={`Edit ${name}`} onClick={() => actions.edit(limit)} />
      <IconButton icon={Trash2} size="small" label={`Delete ${name}`} onClick={() => actions.remove(limit)} />
    </span>
  );
}
