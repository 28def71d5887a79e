import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Gauge } from "lucide-react";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { FilterBar } from "@/design/filter-bar";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { SkeletonLines } from "@/design/skeleton";
import { SearchField } from "@/design/text-field";
import { LimitCard } from "@/features/concurrency/limit-card";
import { limitsThat } from "@/features/concurrency/limits";
import { type ConcurrencyLimit, limitsQuery } from "@/features/concurrency/queries";
import { placeOf } from "@/features/search/places";
import { type Search, textOf } from "@/lib/search";

export default function ConcurrencyPage() {
  const { data, error, refetch } = useQuery(limitsQuery);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="Concurrency"
        meta="How much may run at once in pools, queues and deployments, and who occupies it."
      />
      {error && !data ? (
        <ErrorState title="The limits could not be loaded." error={error} onRetry={refetch} />
      ) : data === undefined ? (
        <SkeletonLines lines={8} />
      ) : data.length === 0 ? (
        <NoLimits />
      ) : (
        <Limits limits={data} />
      )}
    </div>
  );
}

function NoLimits() {
  return (
    <EmptyState
      icon={Gauge}
      title="Nothing limits how much runs at once"
      command="penstock work-pool set-concurrency-limit NAME 10"
    >
      A limit belongs to a work pool, to one of its queues, or to a deployment. Runs beyond it wait, and say
      for what.
    </EmptyState>
  );
}

function Limits({ limits }: { limits: readonly ConcurrencyLimit[] }) {
  const text = textOf(useSearch({ strict: false }) as Search, "q");
  const navigate = useNavigate();
  const found = limitsThat(limits, text);
  return (
    <>
      <FilterBar>
        <SearchField
          label="Filter limits"
          value={text}
          onChange={(q) => void navigate({ to: ".", search: { q }, replace: true })}
        />
      </FilterBar>
      {found.map((limit) => (
        <LimitCard
          key={`${limit.kind}-${limit.subject.id}`}
          limit={limit}
          name={
            <>
              {limit.subject.within ? <span className="text-muted">{limit.subject.within} / </span> : null}
              <TextLink {...placeOf(limit.subject)}>{limit.subject.name}</TextLink>
            </>
          }
        />
      ))}
      {found.length === 0 ? <EmptyState compact title="No limit is called so" /> : null}
    </>
  );
}
