import { queryOptions } from "@tanstack/react-query";
import type { Edit } from "@/job-variables/edits";
import { ApiError, api, JsonText } from "@/lib/api";
import { parsePlain, printPlain } from "@/lib/exact-json";

// Numbers of job variables keep every digit on their way here and back.
const read = parsePlain;
/** What a deployment's runs get is also up to its pool. */
const meta = { follows: ["work_pools"] };
const exactly = <T>(body: T): T => new JsonText(printPlain(body)) as unknown as T;

/** What was shown of another thing must not stand in for this one: edits would be made of the wrong values. */
const NOTHING = () => undefined;

/** What a deployment's Configuration tab shows. */
export function deploymentVariablesQuery(deploymentId: string) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["deployments", deploymentId, "job_variables"],
    meta,
    queryFn: ({ signal }) =>
      api.get("/deployments/{id}/job_variables", { path: { id: deploymentId }, signal, read }),
  });
}

/** What edits would do. Nothing is saved. */
export function editImpactQuery(deploymentId: string, edits: readonly Edit[]) {
  return queryOptions({
    queryKey: ["deployments", deploymentId, "job_variables", "impact", printPlain(edits)],
    meta,
    queryFn: ({ signal }) =>
      api.post("/deployments/{id}/job_variables/impact", {
        path: { id: deploymentId },
        body: exactly({ edits: [...edits] }),
        signal,
        read,
      }),
    enabled: edits.length > 0,
    staleTime: 5_000,
    gcTime: 30_000,
  });
}

/** Saves edits of single paths. With `seen` it is refused where somebody else was faster. */
export function saveEdits(deploymentId: string, edits: readonly Edit[], seen?: string) {
  return api.patch("/deployments/{id}/job_variables", {
    path: { id: deploymentId },
    body: exactly({ edits: [...edits], ...(seen === undefined ? {} : { seen }) }),
  });
}

/** Whether somebody else was faster. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

export function leafHistoryQuery(deploymentId: string, path: string) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["deployments", deploymentId, "job_variable_history", path],
    queryFn: ({ signal }) =>
      api.get("/deployments/{id}/job_variable_history", {
        path: { id: deploymentId },
        query: { path, limit: 50 },
        signal,
        read,
      }),
  });
}

/** The job of a run: frozen, or what it would get now. */
export function runJobQuery(runId: string) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["flow_runs", runId, "job_spec"],
    // Until a worker has claimed it.
    meta: { follows: ["deployments", "work_pools"] },
    queryFn: ({ signal }) => api.get("/flow_runs/{id}/job_spec", { path: { id: runId }, signal, read }),
  });
}

export function runQuery(runId: string) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["flow_runs", runId],
    queryFn: ({ signal }) => api.get("/flow_runs/{id}", { path: { id: runId }, signal }),
  });
}

export function workPoolTypeQuery(name: string | undefined) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["work_pools", { name: name ?? null }],
    queryFn: ({ signal }) => api.get("/work_pools/{name}", { path: { name: name ?? "" }, signal }),
    enabled: name !== undefined,
    select: (pool) => pool.type,
  });
}

/** Runs to compare with: the latest, of one deployment or of all. */
export function comparableRunsQuery(deploymentId: string | undefined, search: string) {
  return queryOptions({
    queryKey: ["flow_runs", { comparable: deploymentId ?? null, search }],
    queryFn: ({ signal }) =>
      api.post("/flow_runs/list", {
        body: {
          ...(deploymentId ? { deployments: { id: { any_: [deploymentId] } } } : {}),
          search: search || null,
          limit: 20,
          count: false,
        },
        signal,
      }),
  });
}

/** The last run of a deployment that completed, other than one. */
export function lastSuccessQuery(deploymentId: string | undefined, without: string | undefined) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["flow_runs", { lastSuccess: deploymentId ?? null, without: without ?? null }],
    queryFn: ({ signal }) =>
      api.post("/flow_runs/list", {
        body: {
          deployments: { id: { any_: deploymentId ? [deploymentId] : [] } },
          flow_runs: { state: { type: { any_: ["COMPLETED"] } } },
          ...(without ? { without: { id: { any_: [without] } } } : {}),
          sort: "END_TIME_DESC",
          limit: 1,
          count: false,
        },
        signal,
      }),
    enabled: deploymentId !== undefined,
    select: (list) => list.rows[0] ?? null,
  });
}

/** What a pool's template makes of no layer at all. */
export function poolDefaultsQuery(poolName: string | undefined) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["work_pools", { defaults: poolName ?? null }],
    queryFn: ({ signal }) =>
      api.post("/work_pools/{name}/resolve", { path: { name: poolName ?? "" }, body: {}, signal, read }),
    enabled: poolName !== undefined,
  });
}
