import { queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";

export type WorkerRow = Schema["WorkerRow"];

/** Workers, of one pool or of all. A worker that dies says nothing: who is offline is asked again. */
export function workersQuery(pool?: string) {
  return queryOptions({
    queryKey: ["workers", { pool: pool ?? null }],
    queryFn: ({ signal }) =>
      api.post("/overview/workers", { body: { work_pool_name: pool ?? null }, signal }),
    refetchInterval: 10_000,
  });
}

export function forgetWorker({ work_pool_name, name }: Pick<WorkerRow, "work_pool_name" | "name">) {
  return api.delete("/work_pools/{work_pool_name}/workers/{name}", { path: { work_pool_name, name } });
}
