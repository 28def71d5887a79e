import { queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";

export type ConcurrencyLimit = Schema["ConcurrencyLimit"];
export type SlotHolder = Schema["SlotHolder"];
export type RunBrief = Schema["RunBrief"];

/** All limits with who occupies them. Live with the runs, which take places and give them back. */
export const limitsQuery = queryOptions({
  queryKey: ["flow_runs", { page: "concurrency" }],
  queryFn: ({ signal }) => api.get("/overview/concurrency", { signal }),
});
