import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";
import { localSlices } from "@/lib/slices";
import { boundsOf, type EventQuery, filterOf, print } from "./query";

export type ReceivedEvent = Schema["ReceivedEvent"];
export type EventPage = Schema["EventPage"];

const PAGE = 50;
const MOST_SLICES = 72;
const MONTH_MS = 30 * 86_400_000;
const NAMES_MS = 7 * 86_400_000;

/** The part of the next page's address that says where to go on. */
function tokenOf(page: EventPage): string | undefined {
  if (!page.next_page) return undefined;
  return new URL(page.next_page, document.baseURI).searchParams.get("page-token") ?? undefined;
}

// The keys name no noun of the live connection: the feed decides by itself when it asks again.

/** The events of a query, newest first, a page at a time. */
export function eventListQuery(query: EventQuery) {
  return infiniteQueryOptions({
    queryKey: ["event-list", { text: print(query) }] as const,
    queryFn: ({ pageParam, signal }): Promise<EventPage> =>
      pageParam === undefined
        ? api.post("/events/filter", { body: { filter: filterOf(query, Date.now()), limit: PAGE }, signal })
        : api.get("/events/filter/next", { query: { "page-token": pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: tokenOf,
  });
}

export interface EventHistogram {
  start: number;
  sliceSeconds: number;
  slices: number;
  counts: number[];
}

/** How many events of a query occurred when. */
export function eventHistogramQuery(query: EventQuery) {
  return queryOptions({
    queryKey: ["event-histogram", { text: print(query) }] as const,
    queryFn: async ({ signal }): Promise<EventHistogram> => {
      const now = Date.now();
      const { from = now - MONTH_MS, to = now } = boundsOf(query.window, now);
      const { start, end, slices } = localSlices(Math.min(from, to), to, MOST_SLICES);
      const [first, last] = [Date.parse(start), Date.parse(end)];
      const sliceSeconds = (last - first) / 1000 / slices;
      const window = { kind: "between" as const, from: first, to: last };
      const spans = await api.post("/events/count-by/{countable}", {
        path: { countable: "time" },
        body: {
          filter: filterOf({ ...query, window }, now),
          time_unit: "second",
          time_interval: sliceSeconds,
        },
        signal,
      });
      return { start: first, sliceSeconds, slices, counts: countsIn(spans, first, sliceSeconds, slices) };
    },
  });
}

/** Counted spans, brought into slices: the server's may begin elsewhere. */
function countsIn(spans: readonly Schema["EventCount"][], start: number, seconds: number, slices: number) {
  const counts = new Array<number>(slices).fill(0);
  for (const { start_time, count } of spans) {
    const at = Math.floor((Date.parse(start_time) - start) / 1000 / seconds);
    if (at >= 0 && at < slices) counts[at] = (counts[at] ?? 0) + count;
  }
  return counts;
}

export function eventQuery(id: string) {
  return queryOptions({
    placeholderData: () => undefined,
    // What happened does not change.
    queryKey: ["event", id],
    queryFn: ({ signal }) => api.get("/events/{id}", { path: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What else happened to a resource, or with it, around a moment. */
export function eventsAroundQuery(resource: string, occurred: string, spreadMs: number) {
  const at = Date.parse(occurred);
  return queryOptions({
    queryKey: ["events-around", { resource, occurred, spreadMs }],
    queryFn: ({ signal }) =>
      api.post("/events/filter", {
        body: {
          filter: {
            occurred: {
              since: new Date(at - spreadMs).toISOString(),
              until: new Date(at + spreadMs).toISOString(),
            },
            any_resource: { id: [resource] },
            order: "DESC",
          },
          limit: PAGE,
        },
        signal,
      }),
  });
}

/** The names that events of the last week have, for those who choose some. */
export const eventNamesQuery = queryOptions({
  queryKey: ["event-names", { recent: true }],
  queryFn: async ({ signal }) => {
    const since = new Date(Date.now() - NAMES_MS).toISOString();
    const counted = await api.post("/events/count-by/{countable}", {
      path: { countable: "event" },
      body: { filter: { occurred: { since } } },
      signal,
    });
    return counted.map(({ value, count }) => ({ name: value, count }));
  },
  staleTime: 60_000,
});
