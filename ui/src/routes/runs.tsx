import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { PageHeader } from "@/design/page-header";
import { filterTextOf, isBare } from "@/features/runs/list/address";
import { opensWithView, rememberOpensWithView } from "@/features/runs/list/first-page";
import { savedViewsQuery } from "@/features/runs/list/queries";
import { readSort, writeSort } from "@/features/runs/list/rows";
import { RunList } from "@/features/runs/list/run-list";
import { type Search, textOf } from "@/lib/search";

/** In the address: nothing is asked for, and the view that the page opens with is not meant either. */
const NO_VIEW = "none";

export default function RunsPage() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const views = useQuery(savedViewsQuery);
  const standard = views.data?.find((view) => view.is_default);
  const hasStandard = standard !== undefined;
  const opens = isBare(search);
  const show = (q: string, sort: string | undefined, replace: boolean) => {
    const next = { q: q || undefined, sort };
    const needsMark = standard !== undefined && isBare(next);
    return navigate({ to: "/runs", search: needsMark ? { view: NO_VIEW } : next, replace });
  };
  const sort = readSort(textOf(search, "sort"));
  // Who never had such a view need not wait to hear that there is none.
  const [waits] = useState(opensWithView);
  useEffect(() => {
    if (views.data) rememberOpensWithView(hasStandard);
  }, [views.data, hasStandard]);
  const isOpening = opens && standard !== undefined;
  useEffect(() => {
    if (!isOpening || !standard) return;
    const { q, sort } = standard.query as Record<string, string | undefined>;
    void navigate({
      to: "/runs",
      search: isBare({ q, sort }) ? { view: NO_VIEW } : { q, sort },
      replace: true,
    });
  }, [isOpening, standard, navigate]);
  return (
    <>
      <PageHeader title="Runs" />
      <RunList
        text={filterTextOf(search)}
        sort={sort}
        ready={!opens || !waits || (!views.isPending && !isOpening)}
        onText={(q, replace) => void show(q, writeSort(sort), replace)}
        onSort={(next) => void show(textOf(search, "q"), writeSort(next), true)}
        onView={({ query }) =>
          void show(String(query.q ?? ""), query.sort ? String(query.sort) : undefined, false)
        }
      />
    </>
  );
}
