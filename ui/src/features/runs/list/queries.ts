import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";
import { queryClient } from "@/lib/query";
import { localSlices } from "@/lib/slices";
import { boundsOf, type RunFilter } from "./query/filter";
import { parse } from "./query/parse";
import { type NamedIds, NO_IDS, namesToFind, type RunSelection, selectionOf } from "./query/selection";

export type RunRow = Schema["FlowRunRow"];
export type RunPage = Schema["FlowRunList"];
export type RunSort = NonNullable<Schema["FlowRunListQuery"]["sort"]>;
export type SavedView = Schema["SavedView"];
export type Histogram = Schema["FlowRunHistogram"] & { slices: number };

export const PAGE = 50;
export const MAX_COUNTED = 10_000;
/** The most runs that one bulk call takes, and that one list holds. */
export const MAX_BULK = 50;
const MAX_PAGE = 200;
const MOST_SLICES = 72;
const FALLBACK_MS = 30 * 86_400_000;

/** Names that only ids stand for on the server, and "flow/name" of deployments. */
async function findIds(filter: RunFilter, signal?: AbortSignal): Promise<NamedIds> {
  const names = namesToFind(filter);
  if (names.flows.length === 0 && names.deployments.length === 0) return NO_IDS;
  const [flows, deployments] = await Promise.all([
    flowIds(names.flows, signal),
    deploymentIds(names.deployments, signal),
  ]);
  return { flows, deployments };
}

async function flowIds(names: string[], signal?: AbortSignal) {
  if (names.length === 0) return {};
  const found = await api.post("/flows/filter", { body: { flows: { name: { any_: names } } }, signal });
  return Object.fromEntries(found.map(({ name, id }) => [name, [id]]));
}

async function deploymentIds(names: string[], signal?: AbortSignal) {
  if (names.length === 0) return {};
  const last = names.map((name) => name.slice(name.indexOf("/") + 1));
  const body = { deployments: { name: { any_: last } }, limit: MAX_PAGE };
  const { rows } = await api.post("/deployments/list", { body, signal });
  const ids = (name: string) =>
    rows.filter((row) => name === row.name || name === `${row.flow_name}/${row.name}`).map(({ id }) => id);
  return Object.fromEntries(names.map((name) => [name, ids(name)]));
}

/** What the server is asked for a filter, at this moment. */
async function select(filter: RunFilter, signal?: AbortSignal): Promise<RunSelection> {
  return selectionOf(filter, await findIds(filter, signal), Date.now());
}

// The keys name no noun of the live connection: rows are changed in place instead of asking for all of them again.

/** The runs of a filter, a page at a time. `text` is that of the filter. */
export function runListQuery(text: string, filter: RunFilter, sort: RunSort) {
  return infiniteQueryOptions({
    queryKey: ["run-list", { text, sort }] as const,
    queryFn: async ({ pageParam, signal }): Promise<RunPage> => {
      const selection = await select(filter, signal);
      const body = { ...selection, sort, limit: PAGE, cursor: pageParam, count: pageParam === null };
      return await api.post("/flow_runs/list", { body, signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** How many runs of a filter were expected when. */
export function runHistogramQuery(text: string, filter: RunFilter) {
  return queryOptions({
    queryKey: ["run-histogram", { text }] as const,
    queryFn: async ({ signal }): Promise<Histogram> => {
      const now = Date.now();
      const { from = (filter.window.kind === "between" && filter.window.to) || now, to = now } = boundsOf(
        filter.window,
        now,
      );
      const start = from === to || from > to ? to - FALLBACK_MS : from;
      const slices = localSlices(start, to, MOST_SLICES);
      const selection = await select(filter, signal);
      const body = { ...selection, ...slices };
      return { ...(await api.post("/flow_runs/histogram", { body, signal })), slices: body.slices };
    },
  });
}

/** These runs as they are now; those that are gone are missing. */
export async function readRows(ids: readonly string[]): Promise<RunRow[]> {
  const body = { flow_runs: { id: { any_: [...ids] } }, limit: MAX_PAGE, count: false };
  return (await api.post("/flow_runs/list", { body })).rows;
}

/** Those of these runs that a filter finds. */
export async function readMatching(filter: RunFilter, ids: readonly string[]): Promise<RunRow[]> {
  const selection = await select(filter);
  const body = {
    ...selection,
    flow_runs: { ...selection.flow_runs, id: { any_: [...ids] } },
    limit: MAX_PAGE,
    count: false,
  };
  return (await api.post("/flow_runs/list", { body })).rows;
}

/** A stretch of all runs of a filter; for what is done to each of them. */
export async function readStretch(
  text: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<RunPage> {
  const { filter, problems } = parse(text, "utc");
  if (problems.length > 0) throw new Error("The filter is not understood.");
  const selection = await select(filter, signal);
  return await api.post("/flow_runs/list", {
    body: { ...selection, cursor, limit: MAX_PAGE, count: false },
    signal,
  });
}

export async function proposeState(ids: readonly string[], state: Schema["StateCreate"]) {
  const body = { flow_runs: { id: { any_: [...ids] } }, state, limit: MAX_BULK };
  return (await api.post("/flow_runs/bulk_set_state", { body })).results ?? [];
}

export async function proposeStateOf(id: string, state: Schema["StateCreate"]) {
  return await api.post("/flow_runs/{id}/set_state", { path: { id }, body: { state } });
}

export async function deleteRuns(ids: readonly string[]): Promise<string[]> {
  const body = { flow_runs: { id: { any_: [...ids] } }, limit: MAX_BULK };
  return (await api.post("/flow_runs/bulk_delete", { body })).deleted ?? [];
}

const VIEWS_PAGE = "runs";

export const savedViewsQuery = queryOptions({
  queryKey: ["saved_views", { page: VIEWS_PAGE }] as const,
  queryFn: async ({ signal }): Promise<SavedView[]> =>
    await api.get("/saved_views", { query: { page: VIEWS_PAGE }, signal }),
  retry: 1,
});

const viewsChanged = () => queryClient.invalidateQueries({ queryKey: savedViewsQuery.queryKey });

export async function saveView(
  name: string,
  query: Record<string, string>,
  isDefault: boolean,
): Promise<SavedView> {
  const saved = await api.put("/saved_views", {
    body: { page: VIEWS_PAGE, name, query, is_default: isDefault },
  });
  await viewsChanged();
  return saved;
}

export async function deleteView(id: string): Promise<void> {
  await api.delete("/saved_views/{id}", { path: { id } });
  await viewsChanged();
}

export interface Suggestion {
  value: string;
  detail?: string;
}

/** Names of what runs belong to, for filters; asked for only when somebody looks for them. */
export function namesQuery(kind: "flow" | "deployment" | "pool" | "queue", text: string) {
  const search = text.trim();
  return queryOptions({
    queryKey: ["run-filter-names", kind, search] as const,
    queryFn: async ({ signal }): Promise<Suggestion[]> => {
      if (kind === "flow") {
        const { rows } = await api.post("/flows/list", { body: { search, limit: 50 }, signal });
        return rows.map(({ name }) => ({ value: name }));
      }
      if (kind === "deployment") {
        const { rows } = await api.post("/deployments/list", { body: { search, limit: 50 }, signal });
        return rows.map((row) => ({ value: `${row.flow_name}/${row.name}` }));
      }
      if (kind === "pool") {
        const found = await api.post("/work_pools/filter", { body: { limit: MAX_PAGE }, signal });
        return found
          .map(({ name, type }) => ({ value: name, detail: type }))
          .filter(({ value }) => value.includes(search));
      }
      const found = await api.post("/work_queues/filter", { body: { limit: MAX_PAGE }, signal });
      return [...new Set(found.map(({ name }) => name))]
        .filter((name) => name.includes(search))
        .map((value) => ({ value }));
    },
    staleTime: 60_000,
  });
}
