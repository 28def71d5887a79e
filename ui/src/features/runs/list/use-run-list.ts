import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Changed } from "@/lib/live";
import { useLiveRefresh } from "@/lib/live-refresh";
import { MAX_COUNTED, type RunRow, type RunSort, readMatching, readRows, runListQuery } from "./queries";
import type { RunFilter } from "./query/filter";
import { isWithin, type Pages, rowsOf, withChanged, withNew } from "./rows";

const LIVE_MS = 1000;
/** More changes than that in a second are read as "anything may have changed". */
const MOST_CHANGES = 200;

export type RunListData = ReturnType<typeof useRunList>;

/** The runs of a filter. Rows change where they are; new ones come in when `mayGrow` says so, else they wait. */
export function useRunList(
  text: string,
  filter: RunFilter,
  sort: RunSort,
  enabled: boolean,
  mayGrow: () => boolean,
) {
  const options = runListQuery(text, filter, sort);
  const query = useInfiniteQuery({ ...options, enabled });
  const client = useQueryClient();
  const key = options.queryKey;
  const rows = useMemo(() => rowsOf(query.data as Pages | undefined), [query.data]);
  const [waiting, setWaiting] = useState<{ key: string; rows: readonly RunRow[] }>({ key: "", rows: [] });
  const keyText = `${sort}\n${text}`;
  const fresh = waiting.key === keyText ? waiting.rows : [];
  const isByTime = sort === "EXPECTED_START_TIME_DESC";
  const latest = useRef({ rows, isByTime });
  useEffect(() => {
    latest.current = { rows, isByTime };
  });

  const update = (change: (pages: Pages) => Pages) =>
    client.setQueryData<Pages>(key, (before) => before && change(before));
  const arrived = (found: readonly RunRow[]) => {
    const { rows: shown = [], isByTime } = latest.current;
    const wanted = isByTime ? found.filter((row) => isWithin(row, shown, !query.hasNextPage)) : found;
    if (wanted.length === 0) return;
    if (isByTime && mayGrow()) update((pages) => withNew(pages, wanted));
    else
      setWaiting((before) => {
        const kept = before.key === keyText ? before.rows : [];
        const ids = new Set(wanted.map(({ id }) => id));
        return { key: keyText, rows: [...kept.filter(({ id }) => !ids.has(id)), ...wanted] };
      });
  };
  const catchUp = async (changed: Changed) => {
    if (!enabled || latest.current.rows === undefined) return;
    if (changed === "*" || changed.length > MOST_CHANGES) {
      await client.invalidateQueries({ queryKey: key });
      return;
    }
    const known = new Set(latest.current.rows.map(({ id }) => id));
    const mine = changed.filter((id) => known.has(id));
    const others = changed.filter((id) => !known.has(id));
    try {
      const [now, came] = await Promise.all([
        mine.length > 0 ? readRows(mine) : [],
        others.length > 0 ? readMatching(filter, others) : [],
      ]);
      if (mine.length > 0) update((pages) => withChanged(pages, new Set(mine), now));
      arrived(came);
    } catch {
      // The connection says that it is lost, and when it is back everything is read again.
    }
  };
  useLiveRefresh(["flow_runs"], LIVE_MS, catchUp);

  const count = query.data?.pages[0]?.count ?? undefined;
  return {
    ...query,
    rows,
    /** How many there are; `undefined` where nobody has counted to the end. */
    total: count === undefined || count > MAX_COUNTED ? undefined : count,
    isMore: count !== undefined && count > MAX_COUNTED,
    since: query.data?.pages[0]?.since ?? undefined,
    /** Runs that came and are not shown yet. */
    fresh: fresh.length,
    showFresh: () => {
      setWaiting({ key: keyText, rows: [] });
      if (latest.current.isByTime) update((pages) => withNew(pages, fresh));
      else void client.invalidateQueries({ queryKey: key });
    },
    refresh: () => client.invalidateQueries({ queryKey: key }),
  };
}
