import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
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
  // What came while it was asked for may not be in the answer: it is asked for once more after it.
  const isMissed = useRef(false);
  const look = () => {
    isMissed.current = list.isFetching;
    if (!isOpenEnded || list.isFetching) return;
    if ((list.data?.pages.length ?? 0) <= 1 && mayGrow()) void list.refetch();
    else setWaiting(text);
  };
  useLiveRefresh(["events"], LIVE_MS, look);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of a question is what is waited for
  useEffect(() => {
    if (!list.isFetching && isMissed.current) look();
  }, [list.isFetching]);
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
