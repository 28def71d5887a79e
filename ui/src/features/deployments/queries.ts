import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, apiUrl, JsonText, type Schema, send } from "@/lib/api";
import { EMPTY_MAP, isMap, type Json, type JsonMap, parseJson, printJson, toPlain } from "@/lib/exact-json";
import { queryClient } from "@/lib/query";
import { lastDays } from "@/lib/slices";

export type DeploymentRow = Schema["DeploymentRow"];
export type Deployment = Schema["DeploymentResponse"];
export type Schedule = Schema["DeploymentSchedule"];
export type RunRow = Schema["FlowRunRow"];
export type DeploymentSort = Schema["NamedSort"];

export const PAGE = 50;
const MOST_A_PAGE = 200;

export interface DeploymentChoice {
  text: string;
  tags: readonly string[];
  pools: readonly string[];
  paused: boolean | undefined;
  sort: DeploymentSort;
  /** Those of one flow. */
  flowId?: string | undefined;
}

function listBody({ text, tags, pools, paused, sort, flowId }: DeploymentChoice) {
  return {
    sort,
    ...(text ? { search: text } : {}),
    ...(flowId ? { flows: { id: { any_: [flowId] } } } : {}),
    ...(pools.length ? { work_pools: { name: { any_: [...pools] } } } : {}),
    deployments: {
      ...(tags.length ? { tags: { any_: [...tags] } } : {}),
      ...(paused === undefined ? {} : { paused: { eq_: paused } }),
    },
  };
}

export function deploymentListQuery(choice: DeploymentChoice) {
  return infiniteQueryOptions({
    queryKey: ["deployments", choice],
    queryFn: ({ pageParam, signal }): Promise<Schema["DeploymentList"]> =>
      api.post("/deployments/list", {
        body: { ...listBody(choice), limit: PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** All that a choice finds, also what no list has loaded. */
export async function allIds(choice: DeploymentChoice): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const body = { ...listBody(choice), limit: MOST_A_PAGE, cursor };
    const page: Schema["DeploymentList"] = await api.post("/deployments/list", { body });
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}

/** The row that a list would have of it: with its flow's name, its last runs and the next one. */
export function deploymentRowQuery(id: string) {
  return queryOptions({
    queryKey: ["deployments", id, "row"],
    queryFn: async ({ signal }): Promise<DeploymentRow | null> => {
      const { rows } = await api.post("/deployments/list", {
        body: { deployments: { id: { any_: [id] } }, limit: 1 },
        signal,
      });
      return rows[0] ?? null;
    },
  });
}

export interface DeploymentDocument {
  readonly text: string;
  /** As it is spelled: parameters and their schema lose nothing. */
  readonly exact: JsonMap;
  readonly plain: Deployment;
}

export function deploymentQuery(id: string) {
  return queryOptions({
    queryKey: ["deployments", id, "document"],
    queryFn: async ({ signal }): Promise<DeploymentDocument> => {
      const answer = await send("GET", apiUrl(`deployments/${encodeURIComponent(id)}`), { signal });
      const text = await answer.text();
      const value: Json = parseJson(text);
      const exact = isMap(value) ? value : EMPTY_MAP;
      return { text, exact, plain: toPlain(exact) as Deployment };
    },
    structuralSharing: (before, after) =>
      (before as DeploymentDocument | undefined)?.text === (after as DeploymentDocument).text
        ? before
        : after,
  });
}

export const poolNamesQuery = queryOptions({
  queryKey: ["work_pools", { page: "deployments" }],
  queryFn: async ({ signal }) => {
    const pools = await api.post("/work_pools/filter", { body: { limit: 200 }, signal });
    return pools.map(({ name, type }) => ({ name, type }));
  },
});

/** What is shown of deployments is asked for again. */
export const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ["deployments"] });

export async function setPaused(id: string, paused: boolean): Promise<void> {
  await (paused
    ? api.post("/deployments/{id}/pause_deployment", { path: { id } })
    : api.post("/deployments/{id}/resume_deployment", { path: { id } }));
  await refresh();
}

/** A run with all that the deployment says, now. */
export async function quickRun(id: string): Promise<Schema["FlowRunResponse"]> {
  return await api.post("/deployments/{id}/create_flow_run", { path: { id }, body: {} });
}

export async function deleteDeployment(id: string): Promise<void> {
  await api.delete("/deployments/{id}", { path: { id } });
}

/** What was shown of a deployment is not kept; lists are asked for again. */
export async function forgetDeployment(id: string): Promise<void> {
  queryClient.removeQueries({ queryKey: ["deployments", id] });
  await refresh();
}

export async function deleteDeployments(ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += PAGE) {
    const part = ids.slice(from, from + PAGE);
    await api.post("/deployments/bulk_delete", {
      body: { deployments: { id: { any_: part } }, limit: part.length },
    });
  }
  await refresh();
}

/** Replaces the parameters; numbers go as they were spelled. */
export async function saveParameters(id: string, parameters: Json): Promise<void> {
  const body = new JsonText(
    `{"parameters":${printJson(parameters)}}`,
  ) as unknown as Schema["DeploymentUpdate"];
  await api.patch("/deployments/{id}", { path: { id }, body });
  await refresh();
}

/** What the server finds wrong with parameters of a run; what is only missing may come with the run. */
export function parameterCheckQuery(id: string, parameters: string) {
  return queryOptions({
    queryKey: ["deployments", id, "check_parameters", parameters],
    queryFn: async ({ signal }) => {
      const body = new JsonText(
        `{"parameters":${parameters}}`,
      ) as unknown as Schema["DeploymentFlowRunCreate"];
      const found = await api.post("/deployments/{id}/check_run", { path: { id }, body, signal });
      return found.parameter_problems.filter(({ rule }) => rule !== "required");
    },
    staleTime: 5_000,
    gcTime: 30_000,
  });
}

const RECENT = 100;

// The keys of what follows name no noun of the live connection: the page asks again at its own, calmer pace.

/** The last runs that have ended or are under way, the newest first. */
export function recentRunsQuery(id: string) {
  return queryOptions({
    queryKey: ["deployment-runs", id, "recent"],
    queryFn: async ({ signal }): Promise<RunRow[]> => {
      const { rows } = await api.post("/flow_runs/list", {
        body: {
          deployments: { id: { any_: [id] } },
          flow_runs: { start_time: { is_null_: false } },
          limit: RECENT,
          count: false,
        },
        signal,
      });
      return rows;
    },
  });
}

/** What is scheduled, the next first. */
export function nextRunsQuery(id: string) {
  return queryOptions({
    queryKey: ["deployment-runs", id, "next"],
    queryFn: async ({ signal }): Promise<RunRow[]> => {
      const { rows } = await api.post("/flow_runs/list", {
        body: {
          deployments: { id: { any_: [id] } },
          flow_runs: { state: { type: { any_: ["SCHEDULED"] } } },
          sort: "EXPECTED_START_TIME_ASC",
          limit: 6,
          count: false,
        },
        signal,
      });
      return rows;
    },
  });
}

/** How many runs were expected on each of the last days, and what became of them. */
export function historyQuery(id: string, days: number) {
  return queryOptions({
    queryKey: ["deployment-runs", id, "history", days],
    queryFn: async ({ signal }) => {
      const slices = lastDays(days, Date.now());
      const body = { deployments: { id: { any_: [id] } }, ...slices };
      return { ...(await api.post("/flow_runs/histogram", { body, signal })), slices: body.slices };
    },
  });
}
