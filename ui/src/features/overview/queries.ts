import { queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";
import { localSlices } from "@/lib/slices";

export type Overview = Schema["Overview"];
export type Attention = Schema["Attention"];
export type PoolCapacity = Schema["PoolCapacity"];
export type RunRow = Schema["FlowRunRow"];
export type Subject = Schema["Subject"];

/** How far back the picture goes. */
export const SPANS = ["24h", "7d", "30d"] as const;
export type Span = (typeof SPANS)[number];
const SPAN_MS: Record<Span, number> = { "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000 };
const MOST_SLICES = 60;

// The keys name no noun of the live connection: the page asks again at its own, calmer pace.

export const overviewQuery = queryOptions({
  queryKey: ["overview"] as const,
  queryFn: ({ signal }): Promise<Overview> => api.get("/overview", { signal }),
});

export function historyQuery(span: Span) {
  return queryOptions({
    queryKey: ["overview-history", { span }] as const,
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const body = localSlices(now - SPAN_MS[span], now, MOST_SLICES);
      return { ...(await api.post("/flow_runs/histogram", { body, signal })), slices: body.slices };
    },
  });
}

/** What there is of what a beginner needs; asked only while there is no run that completed. */
export const firstStepsQuery = queryOptions({
  queryKey: ["overview", "first-steps"] as const,
  queryFn: async ({ signal }) => {
    const [pools, deployments, runs] = await Promise.all([
      api.post("/work_pools/filter", { body: { limit: 1 }, signal }),
      api.post("/deployments/list", { body: { limit: 1 }, signal }),
      api.post("/flow_runs/list", {
        body: { limit: 1, count: false, flow_runs: { state: { type: { any_: ["COMPLETED"] } } } },
        signal,
      }),
    ]);
    return { pool: pools[0]?.name, deployment: deployments.rows[0], completed: runs.rows[0] };
  },
});
