import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Gauge, Plus } from "lucide-react";
import { Button } from "@/design/button";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { ChoiceFilter, FilterBar } from "@/design/filter-bar";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { SkeletonLines } from "@/design/skeleton";
import { SearchField } from "@/design/text-field";
import { LimitCard } from "@/features/concurrency/limit-card";
import { isOwn, KINDS, limitsThat } from "@/features/concurrency/limits";
import { type ConcurrencyLimit, limitsQuery } from "@/features/concurrency/queries";
import { type LimitActions, useLimitActions } from "@/features/concurrency/use-limit-actions";
import { placeOf } from "@/features/search/places";
import { useKeys } from "@/lib/keys";
import { useLiveRefresh } from "@/lib/live-refresh";
import { listOf, type Search, textOf } from "@/lib/search";

const TASKS_MS = 5000;

export default function ConcurrencyPage() {
  const { data, error, refetch, dataUpdatedAt } = useQuery(limitsQuery);
  const { actions, create, dialogs } = useLimitActions();
  // Who waits for a tag's slot are task runs, of which there may be many: each of them is no reason to ask at once.
  useLiveRefresh(["task_runs"], TASKS_MS, () => refetch());
  useKeys("Concurrency", [{ keys: "n", label: "New concurrency limit", run: create }]);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="Concurrency"
        meta="How much may run at once in pools, queues and deployments, by tags and by names; and who occupies it."
        actions={
          <Button kind="primary" icon={Plus} onClick={create}>
            New limit
          </Button>
        }
      />
      {error && !data ? (
        <ErrorState title="The limits could not be loaded." error={error} onRetry={refetch} />
      ) : data === undefined ? (
        <SkeletonLines lines={8} />
      ) : data.length === 0 ? (
        <NoLimits onCreate={create} />
      ) : (
        <Limits limits={data} asked={dataUpdatedAt} actions={actions} />
      )}
      {dialogs}
    </div>
  );
}

function NoLimits({ onCreate }: { onCreate: () => void }) {
  return (
    <EmptyState
      icon={Gauge}
      title="Nothing limits how much runs at once"
      command="penstock global-concurrency-limit create database --limit 10"
      action={<Button onClick={onCreate}>New limit</Button>}
    >
      A limit has a name that any code may use, or is of a tag; others belong to a work pool, to one of its
      queues, or to a deployment. What is beyond it waits.
    </EmptyState>
  );
}

const OPTIONS = Object.entries(KINDS).map(([value, label]) => ({ value, label }));

interface LimitsProps {
  limits: readonly ConcurrencyLimit[];
  asked: number;
  actions: LimitActions;
}

function Limits({ limits, asked, actions }: LimitsProps) {
  const search = useSearch({ strict: false }) as Search;
  const [text, kinds] = [textOf(search, "q"), listOf(search, "kind")];
  const navigate = useNavigate();
  const narrow = (change: Search) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...change }), replace: true });
  const found = limitsThat(limits, text, kinds);
  const isNarrow = text !== "" || kinds.length > 0;
  return (
    <>
      <FilterBar onClear={isNarrow ? () => narrow({ q: undefined, kind: undefined }) : undefined}>
        <SearchField label="Filter limits" value={text} onChange={(q) => narrow({ q: q || undefined })} />
        <ChoiceFilter
          label="Kind"
          options={OPTIONS}
          value={kinds}
          onChange={(kind) => narrow({ kind: [...kind] })}
        />
      </FilterBar>
      {found.map((limit) => (
        <LimitCard
          key={`${limit.kind}-${limit.subject.id}`}
          limit={limit}
          asked={asked}
          actions={actions}
          name={<Name {...limit} />}
        />
      ))}
      {found.length === 0 ? <NothingFound text={text} kinds={kinds} /> : null}
    </>
  );
}

function Name({ kind, subject }: ConcurrencyLimit) {
  if (isOwn({ kind })) return <span className="font-mono">{subject.name}</span>;
  return (
    <>
      {subject.within ? <span className="text-muted">{subject.within} / </span> : null}
      <TextLink {...placeOf(subject)}>{subject.name}</TextLink>
    </>
  );
}

const COMMANDS: Record<string, string> = {
  global: "penstock global-concurrency-limit create database --limit 10",
  tag: "penstock concurrency-limit create gpu 1",
};

function NothingFound({ text, kinds }: { text: string; kinds: readonly string[] }) {
  if (text) return <EmptyState compact title="No limit is called so" />;
  return <EmptyState compact title="There is no limit of this kind" command={COMMANDS[kinds[0] ?? ""]} />;
}
