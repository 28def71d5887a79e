import { queryOptions } from "@tanstack/react-query";
import { api, apiUrl, JsonText, type Schema, send } from "@/lib/api";
import { EMPTY_MAP, isMap, type Json, type JsonMap, parseJson, parsePlain, toPlain } from "@/lib/exact-json";

/** A document of the API: exactly, as it was spelled, and as plain data with its type. */
interface Exact<T> {
  readonly text: string;
  readonly exact: JsonMap;
  readonly plain: T;
}

async function readExact<T>(path: string, signal: AbortSignal): Promise<Exact<T>> {
  const text = await (await send("GET", apiUrl(path), { signal })).text();
  const value: Json = parseJson(text);
  const exact = isMap(value) ? value : EMPTY_MAP;
  return { text, exact, plain: toPlain(exact) as T };
}

/** What was read before stays the same object while it says the same, so that no field is drawn again for it. */
const keepEqual = (before: unknown, after: unknown): unknown =>
  (before as Exact<unknown> | undefined)?.text === (after as Exact<unknown>).text ? before : after;

export function deploymentQuery(id: string) {
  return queryOptions({
    queryKey: ["deployments", id, "exact"],
    queryFn: ({ signal }) =>
      readExact<Schema["DeploymentResponse"]>(`deployments/${encodeURIComponent(id)}`, signal),
    structuralSharing: keepEqual,
  });
}

export function sourceRunQuery(id: string) {
  return queryOptions({
    queryKey: ["flow_runs", id, "exact"],
    queryFn: ({ signal }) =>
      readExact<Schema["FlowRunResponse"]>(`flow_runs/${encodeURIComponent(id)}`, signal),
    structuralSharing: keepEqual,
    enabled: id !== "",
  });
}

export function flowQuery(id: string | undefined) {
  return queryOptions({
    queryKey: ["flows", id ?? ""],
    queryFn: ({ signal }) => api.get("/flows/{id}", { path: { id: id ?? "" }, signal }),
    enabled: id !== undefined,
  });
}

export function queuesQuery(pool: string | null | undefined) {
  return queryOptions({
    queryKey: ["work_queues", { pool }],
    queryFn: ({ signal }) =>
      api.post("/work_pools/{work_pool_name}/queues/filter", {
        path: { work_pool_name: pool ?? "" },
        body: {},
        signal,
      }),
    enabled: Boolean(pool),
  });
}

// The text is what was typed, with all its digits; the type of the body says what it holds.
const asBody = (text: string) => new JsonText(text) as unknown as Schema["DeploymentFlowRunCreate"];

/** What the server would say to the run. A later text makes an earlier question void. */
export function checkQuery(id: string, text: string) {
  return queryOptions({
    queryKey: ["deployments", id, "check_run", text],
    meta: { follows: ["work_pools"] },
    queryFn: ({ signal }) =>
      api.post("/deployments/{id}/check_run", { path: { id }, body: asBody(text), signal, read: parsePlain }),
    staleTime: 5_000,
    gcTime: 30_000,
    retry: 1,
  });
}

export function createRun(id: string, text: string) {
  return api.post("/deployments/{id}/create_flow_run", { path: { id }, body: asBody(text) });
}

export const createRunUrl = (id: string): string => apiUrl(`deployments/${id}/create_flow_run`).href;
