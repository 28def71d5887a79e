import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLiveRefresh } from "@/lib/live-refresh";
import { eventListQuery } from "./queries";
import { type EventQuery, print } from "./query";

const LIVE_MS = 1000;

/** The events of a query. New ones come in as long as only the first page is shown; else they wait to be asked for. */
export function useFeed(query: EventQuery, mayGrow: () => boolean) {
  const options = eventListQuery(query);
  const list = useInfiniteQuery(options);
  const client = useQueryClient();
  const text = print(query);
  const [waiting, setWaiting] = useState<string>();
  const isOpenEnded = query.window.kind !== "between" || query.window.to === undefined;
  const rows = useMemo(() => list.data?.pages.flatMap(({ events }) => events), [list.data]);
  useLiveRefresh(["events"], LIVE_MS, () => {
    if (!isOpenEnded || list.isFetching) return;
    if ((list.data?.pages.length ?? 0) <= 1 && mayGrow()) void list.refetch();
    else setWaiting(text);
  });
  return {
    ...list,
    rows,
    total: list.data?.pages[0]?.total,
    /** Something came that is not shown. */
    isBehind: waiting === text,
    showNew: () => {
      setWaiting(undefined);
      void client.resetQueries({ queryKey: options.queryKey });
    },
  };
}
