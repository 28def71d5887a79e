import { queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";

export type ConcurrencyLimit = Schema["ConcurrencyLimit"];
export type SlotHolder = Schema["SlotHolder"];
export type Waiter = Schema["Waiter"];
export type RunBrief = Schema["RunBrief"];
export type SlotRelease = Schema["SlotRelease"];

/** All limits with who occupies them. Live with the runs and with the limits, whose places and slots they take. */
export const limitsQuery = queryOptions({
  queryKey: ["flow_runs", { page: "concurrency" }],
  queryFn: ({ signal }) => api.get("/overview/concurrency", { signal }),
  meta: { follows: ["concurrency_limits"] },
});

export function createLimit(body: Schema["ConcurrencyLimitV2Create"]): Promise<unknown> {
  return api.post("/v2/concurrency_limits/", { body });
}

export function updateLimit(id: string, body: Schema["ConcurrencyLimitV2Update"]): Promise<unknown> {
  return api.patch("/v2/concurrency_limits/{id_or_name}", { path: { id_or_name: id }, body });
}

export function deleteLimit(id: string): Promise<unknown> {
  return api.delete("/v2/concurrency_limits/{id_or_name}", { path: { id_or_name: id } });
}

/** Takes slots from who holds them. */
export function releaseHolder(limitId: string, holderId: string): Promise<SlotRelease> {
  return api.post("/v2/concurrency_limits/{id_or_name}/holders/{id}/release", {
    path: { id_or_name: limitId, id: holderId },
  });
}
