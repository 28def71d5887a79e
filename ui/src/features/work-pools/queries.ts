import { queryOptions } from "@tanstack/react-query";
import { api, apiUrl, JsonText, type Schema, send } from "@/lib/api";
import { EMPTY_MAP, isMap, type Json, type JsonMap, parseJson, printJson, toPlain } from "@/lib/exact-json";

export type PoolRow = Schema["WorkPoolRow"];
export type Pool = Schema["WorkPoolResponse"];
export type Queue = Schema["WorkQueueResponse"];
export type Impact = Schema["Impact"];
export type Problem = Schema["Problem"];

/** All work pools with how busy they are. Live with pools, queues and runs: an answer is one query of the server. */
export const poolRowsQuery = queryOptions({
  queryKey: ["work_pools", { rows: true }],
  queryFn: ({ signal }) => api.get("/overview/work_pools", { signal }),
  refetchInterval: 10_000,
});

export interface ExactPool {
  readonly text: string;
  readonly pool: Pool;
  /** The template as it is spelled on the server: all digits, the order of keys. */
  readonly template: JsonMap;
}

export function poolQuery(name: string) {
  return queryOptions({
    queryKey: ["work_pools", { name, exact: true }],
    queryFn: ({ signal }) => readPool(name, signal),
    // What was read before stays the same object while it says the same.
    structuralSharing: (before, after) =>
      (before as ExactPool | undefined)?.text === (after as ExactPool).text ? before : after,
  });
}

export async function readPool(name: string, signal?: AbortSignal): Promise<ExactPool> {
  const answer = await send("GET", apiUrl(`work_pools/${encodeURIComponent(name)}`), { signal });
  const text = await answer.text();
  const document = parseJson(text);
  const template = isMap(document) ? document.get("base_job_template") : undefined;
  return {
    text,
    pool: toPlain(document) as Pool,
    template: isMap(template) ? template : EMPTY_MAP,
  };
}

export function updatePool(name: string, body: Schema["WorkPoolUpdate"]) {
  return api.patch("/work_pools/{name}", { path: { name }, body });
}

export function deletePool(name: string) {
  return api.delete("/work_pools/{name}", { path: { name } });
}

// The text is what was typed, with all its digits; the type of the body says what it holds.
const exactly = <T>(fields: Record<string, Json>) =>
  new JsonText(printJson(new Map(Object.entries(fields)))) as unknown as T;

export function createPool(fields: Record<string, Json>): Promise<Pool> {
  return api.post("/work_pools/", { body: exactly<Schema["WorkPoolCreate"]>(fields) });
}

export function saveTemplate(name: string, template: JsonMap) {
  return api.patch("/work_pools/{name}", {
    path: { name },
    body: exactly<Schema["WorkPoolUpdate"]>({ base_job_template: template }),
  });
}

/** What another template would change, or, as the error's detail, what is wrong with it. Nothing is saved. */
export function impactQuery(name: string, template: JsonMap, enabled: boolean) {
  const text = printJson(template);
  return queryOptions({
    queryKey: ["work_pools", { impact: name, text }],
    queryFn: ({ signal }) =>
      api.post("/work_pools/{name}/impact", {
        path: { name },
        body: exactly<Schema["WorkPoolEdit"]>({ base_job_template: template }),
        signal,
      }),
    enabled,
    staleTime: 5_000,
    gcTime: 30_000,
    retry: 1,
  });
}

/** The job that a template makes of a deployment's job variables. */
export function previewQuery(name: string, template: JsonMap, deployment: JsonMap) {
  return queryOptions({
    queryKey: ["work_pools", { preview: name, text: printJson(template), layer: printJson(deployment) }],
    queryFn: ({ signal }) =>
      api.post("/work_pools/{name}/resolve", {
        path: { name },
        body: exactly<Schema["ResolveWorkPool"]>({ base_job_template: template, deployment }),
        signal,
      }),
    staleTime: 5_000,
    gcTime: 30_000,
    retry: 1,
  });
}

export function poolDeploymentsQuery(name: string) {
  return queryOptions({
    queryKey: ["deployments", { pool: name }],
    queryFn: ({ signal }) =>
      api.post("/deployments/list", {
        body: { work_pools: { name: { any_: [name] } }, limit: 200 },
        signal,
      }),
  });
}

/** A deployment's own job variables, as they are spelled. */
export function deploymentLayerQuery(id: string) {
  return queryOptions({
    queryKey: ["deployments", id, "exact-layer"],
    queryFn: async ({ signal }): Promise<JsonMap> => {
      const answer = await send("GET", apiUrl(`deployments/${encodeURIComponent(id)}`), { signal });
      const document = parseJson(await answer.text());
      const layer = isMap(document) ? document.get("job_variables") : undefined;
      return isMap(layer) ? layer : EMPTY_MAP;
    },
    enabled: id !== "",
  });
}

export interface PoolType {
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly template: JsonMap;
}

/** The types of pools that the server knows, with their templates. */
export const poolTypesQuery = queryOptions({
  queryKey: ["pool_types"],
  queryFn: async ({ signal }): Promise<PoolType[]> => {
    const url = apiUrl("collections/views/aggregate-worker-metadata");
    const document = parseJson(await (await send("GET", url, { signal })).text());
    const packages = isMap(document) ? [...document.values()].filter(isMap) : [];
    return packages.flatMap((each) => [...each.values()].filter(isMap).map(typeOf));
  },
  staleTime: Number.POSITIVE_INFINITY,
});

function typeOf(metadata: JsonMap): PoolType {
  const text = (key: string): string => {
    const value = metadata.get(key);
    return typeof value === "string" ? value : "";
  };
  const template = metadata.get("default_base_job_configuration");
  return {
    type: text("type"),
    name: text("display_name") || text("type"),
    description: text("description"),
    template: isMap(template) ? template : EMPTY_MAP,
  };
}

export function queuesQuery(pool: string) {
  return queryOptions({
    queryKey: ["work_queues", { pool }],
    queryFn: ({ signal }) =>
      api.post("/work_pools/{work_pool_name}/queues/filter", {
        path: { work_pool_name: pool },
        body: {},
        signal,
      }),
    refetchInterval: 10_000,
  });
}

export const MOST_WAITING = 200;

/** How many runs are due in each queue, by its id; of the first two hundred. */
export function waitingQuery(pool: string) {
  return queryOptions({
    queryKey: ["flow_runs", { waiting: pool }],
    queryFn: async ({ signal }) => {
      const runs = await api.post("/work_pools/{name}/get_scheduled_flow_runs", {
        path: { name: pool },
        body: { scheduled_before: new Date().toISOString(), limit: MOST_WAITING },
        signal,
      });
      const counts: Record<string, number> = {};
      for (const run of runs) counts[run.work_queue_id] = (counts[run.work_queue_id] ?? 0) + 1;
      return { counts, isCut: runs.length === MOST_WAITING };
    },
    refetchInterval: 10_000,
  });
}

export function createQueue(pool: string, body: Schema["WorkQueueCreate"]) {
  return api.post("/work_pools/{work_pool_name}/queues", { path: { work_pool_name: pool }, body });
}

export function updateQueue(pool: string, name: string, body: Schema["WorkQueueUpdate"]) {
  return api.patch("/work_pools/{work_pool_name}/queues/{name}", {
    path: { work_pool_name: pool, name },
    body,
  });
}

export function deleteQueue(pool: string, name: string) {
  return api.delete("/work_pools/{work_pool_name}/queues/{name}", { path: { work_pool_name: pool, name } });
}

/** The pool's latest runs. */
export function poolRunsQuery(pool: string) {
  return queryOptions({
    queryKey: ["flow_runs", { pool }],
    queryFn: ({ signal }) =>
      api.post("/flow_runs/list", {
        body: { work_pools: { name: { any_: [pool] } }, limit: 50 },
        signal,
      }),
  });
}
