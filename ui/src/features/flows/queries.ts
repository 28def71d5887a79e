import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";
import { queryClient } from "@/lib/query";
import { lastDays } from "@/lib/slices";

export type FlowRow = Schema["FlowRow"];
export type FlowSort = Schema["NamedSort"];
export type RunRow = Schema["FlowRunRow"];

const PAGE = 50;
const RECENT = 100;

export interface FlowChoice {
  text: string;
  tags: readonly string[];
  sort: FlowSort;
}

export function flowListQuery({ text, tags, sort }: FlowChoice) {
  return infiniteQueryOptions({
    queryKey: ["flows", { text, tags, sort }],
    queryFn: ({ pageParam, signal }): Promise<Schema["FlowList"]> =>
      api.post("/flows/list", {
        body: {
          sort,
          limit: PAGE,
          cursor: pageParam,
          ...(text ? { search: text } : {}),
          ...(tags.length ? { flows: { tags: { all_: [...tags] } } } : {}),
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** A flow as lists have it; an error where there is none. */
export function flowRowQuery(id: string) {
  return queryOptions({
    queryKey: ["flows", id, "row"],
    queryFn: async ({ signal }): Promise<FlowRow> => {
      const body = { flows: { id: { any_: [id] } }, limit: 1 };
      const [row] = (await api.post("/flows/list", { body, signal })).rows;
      if (row) return row;
      // The server says best that it is not there.
      await api.get("/flows/{id}", { path: { id }, signal });
      throw new Error("The flow is not in the list of flows.");
    },
  });
}

export async function deleteFlow(id: string): Promise<void> {
  await api.delete("/flows/{id}", { path: { id } });
  queryClient.removeQueries({ queryKey: ["flows", id] });
  await Promise.all(
    ["flows", "deployments"].map((noun) => queryClient.invalidateQueries({ queryKey: [noun] })),
  );
}

// The keys of what follows name no noun of the live connection: the page asks again at its own, calmer pace.

/** The last runs that have begun, the newest first. */
export function recentRunsQuery(id: string) {
  return queryOptions({
    queryKey: ["flow-runs-of", id, "recent"],
    queryFn: async ({ signal }): Promise<RunRow[]> => {
      const body = {
        flows: { id: { any_: [id] } },
        flow_runs: { start_time: { is_null_: false } },
        limit: RECENT,
        count: false,
      };
      return (await api.post("/flow_runs/list", { body, signal })).rows;
    },
  });
}

/** How many runs were expected on each of the last days, and what became of them. */
export function historyQuery(id: string, days: number) {
  return queryOptions({
    queryKey: ["flow-runs-of", id, "history", days],
    queryFn: async ({ signal }) => {
      const slices = lastDays(days, Date.now());
      const body = { flows: { id: { any_: [id] } }, ...slices };
      return { ...(await api.post("/flow_runs/histogram", { body, signal })), slices: body.slices };
    },
  });
}
