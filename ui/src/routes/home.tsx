import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { Skeleton } from "@/design/skeleton";
import { Home } from "@/features/overview/home";
import { overviewQuery, SPANS } from "@/features/overview/queries";
import { Welcome } from "@/features/overview/welcome";
import { placeOf } from "@/features/search/places";
import { isSignedIn } from "@/features/session/queries";
import { apiUrl } from "@/lib/api";
import { useLiveRefresh } from "@/lib/live-refresh";
import { oneOf, type Search } from "@/lib/search";

const LIVE_MS = 3000;
const NOUNS = [
  "flow_runs",
  "deployments",
  "flows",
  "work_pools",
  "work_queues",
  "workers",
  "concurrency_limits",
];
const moment = (instant: number) => new Date(instant).toISOString().replace(/(:00)?\.000Z$/, "Z");

export default function HomePage() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(overviewQuery);
  useLiveRefresh(NOUNS, LIVE_MS, () => void refetch());
  // Who began here stays with the steps until the last is done and looked at.
  const [begins, setBegins] = useState<boolean>();
  if (data && begins === undefined) setBegins(data.is_empty);
  return (
    <>
      <PageHeader title={begins ? "Welcome to Penstock" : "Home"} documentTitle="Home" />
      {error && !data ? (
        <ErrorState error={error} title="Home could not be loaded." onRetry={refetch} />
      ) : !data ? (
        <HomeSkeleton />
      ) : begins ? (
        <Welcome
          overview={data}
          server={apiUrl("").href.replace(/\/$/, "")}
          asksForCredential={isSignedIn()}
          onDone={() => setBegins(false)}
        />
      ) : (
        <Home
          overview={data}
          span={oneOf(search, "span", SPANS)}
          onSpan={(span) => void navigate({ to: "/", search: { ...search, span }, replace: true })}
          onWindow={(from, to) =>
            void navigate({ to: "/runs", search: { q: `since:${moment(from)} until:${moment(to)}` } })
          }
          linkTo={(subject, children) => <TextLink {...placeOf(subject)}>{children}</TextLink>}
        />
      )}
    </>
  );
}

function HomeSkeleton() {
  return (
    <div aria-busy className="flex flex-col gap-4">
      <Skeleton className="h-11" />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} className="h-13" />
        ))}
      </div>
      <Skeleton className="h-80" />
    </div>
  );
}
