import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, JsonText, type Schema } from "@/lib/api";
import { type Json, type JsonMap, parseJson, parsePlain, printJson } from "@/lib/exact-json";

export type Automation = Schema["Automation"];
export type AutomationRow = Schema["AutomationRow"];
export type Explanation = Schema["AutomationExplanation"];
export type Firing = Schema["Firing"];
export type FiringAction = Schema["FiringAction"];
export type ActionPreview = Schema["ActionPreview"];
export type TestResult = Schema["AutomationTestResult"];
export type ReceivedEvent = Schema["ReceivedEvent"];

const NOTHING = () => undefined;
const PAGE = 20;
const EVENTS = 25;
const WEEK_MS = 7 * 86_400_000;
// Numbers of parameters and job variables keep every digit on their way here and back.
const read = parsePlain;
/** Goes as it is spelled; what it holds is what somebody typed, which no type promises. */
const exactly = (body: Json) => new JsonText(printJson(body)) as never;

export const overviewQuery = queryOptions({
  queryKey: ["automations", { overview: true }],
  queryFn: ({ signal }) => api.get("/automations/overview", { signal, read }),
});

export function automationQuery(id: string) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["automations", id],
    queryFn: ({ signal }) => api.get("/automations/{id}", { path: { id }, signal, read }),
  });
}

/** Those that belong to a resource, watch it by its id, or do something to it. */
export function relatedQuery(resource: string) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["automations", { relatedTo: resource }],
    queryFn: ({ signal }) =>
      api.get("/automations/related-to/{resource_id}", { path: { resource_id: resource }, signal, read }),
  });
}

export function explainQuery(id: string) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["automations", id, "explain"],
    queryFn: ({ signal }) => api.get("/automations/{id}/explain", { path: { id }, signal, read }),
  });
}

export function firingsQuery(id: string) {
  return infiniteQueryOptions({
    placeholderData: NOTHING,
    queryKey: ["automations", id, "firings"],
    queryFn: ({ pageParam, signal }) =>
      api.post("/automations/{id}/firings", {
        path: { id },
        body: { limit: PAGE, before: pageParam },
        signal,
        read,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
  });
}

/** A deployment with the schema of its parameters, read without loss. */
export function deploymentQuery(id: string | undefined) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["deployments", id ?? "", "exact"],
    queryFn: ({ signal }) =>
      api.get("/deployments/{id}", {
        path: { id: id ?? "" },
        signal,
        read: parseJson,
      }) as unknown as Promise<JsonMap>,
    enabled: id !== undefined,
  });
}

export function deploymentVariablesQuery(id: string | undefined) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["deployments", id ?? "", "job_variables"],
    meta: { follows: ["work_pools"] },
    queryFn: ({ signal }) =>
      api.get("/deployments/{id}/job_variables", { path: { id: id ?? "" }, signal, read }),
    enabled: id !== undefined,
  });
}

/** Recent events with these names, for templates to be tried on; `*` at the end stands for anything. */
export function recentEventsQuery(names: readonly string[]) {
  return queryOptions({
    queryKey: ["recent-events", { names }],
    meta: { follows: ["events"] },
    queryFn: async ({ signal }) => {
      const exact = names.every((name) => !name.endsWith("*"));
      const event = exact ? { name: [...names] } : { prefix: names.map((name) => name.replace(/\*$/, "")) };
      const filter = names.length ? { event } : {};
      return (await api.post("/events/filter", { body: { filter, limit: EVENTS }, signal })).events;
    },
  });
}

export function eventQuery(id: string | undefined) {
  return queryOptions({
    placeholderData: NOTHING,
    queryKey: ["event", id ?? ""],
    queryFn: ({ signal }) => api.get("/events/{id}", { path: { id: id ?? "" }, signal }),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The names that events of the last week have. */
export const eventNamesQuery = queryOptions({
  queryKey: ["event-names", { recent: true }],
  queryFn: async ({ signal }) => {
    const since = new Date(Date.now() - WEEK_MS).toISOString();
    const counted = await api.post("/events/count-by/{countable}", {
      path: { countable: "event" },
      body: { filter: { occurred: { since } } },
      signal,
    });
    return counted.map(({ value, count }) => ({ name: value, count }));
  },
  staleTime: 60_000,
});

/** One action, filled in from one event. */
export function previewQuery(action: JsonMap, eventId: string | undefined, automation: JsonMap | undefined) {
  const body = new Map<string, Json>([
    ["action", action],
    ...(eventId ? ([["event_id", eventId]] as [string, Json][]) : []),
    ...(automation ? ([["automation", automation]] as [string, Json][]) : []),
  ]);
  return queryOptions({
    queryKey: ["automation-preview", { body: printJson(body) }],
    queryFn: ({ signal }) => api.post("/automations/preview", { body: exactly(body), signal, read }),
    retry: false,
    gcTime: 30_000,
  });
}

/** What the last days would have made of a draft. */
export async function testDraft(automation: JsonMap, days: number): Promise<TestResult> {
  const body = new Map<string, Json>([
    ["automation", automation],
    ["since", new Date(Date.now() - days * 86_400_000).toISOString()],
    ["limit", PAGE],
  ]);
  return await api.post("/automations/test", { body: exactly(body), read });
}

/** Whether the server would take a draft, and all that is wrong with it. */
export function checkQuery(automation: JsonMap) {
  const body: JsonMap = new Map([["automation", automation]]);
  return queryOptions({
    // What was said of the draft before: most of it is said again.
    placeholderData: keepPreviousData,
    queryKey: ["automation-check", { body: printJson(automation) }],
    queryFn: async ({ signal }) => {
      const { problems } = await api.post("/automations/check", { body: exactly(body), signal, read });
      return { problems, of: automation };
    },
    retry: false,
    gcTime: 30_000,
  });
}

export async function createAutomation(automation: JsonMap): Promise<Automation> {
  return await api.post("/automations/", { body: exactly(automation) });
}

/** Replaces an automation. With `seen`, its `updated` as it was read, it is refused where somebody was faster. */
export async function replaceAutomation(id: string, automation: JsonMap, seen?: string): Promise<void> {
  const body = seen === undefined ? automation : new Map([...automation, ["seen", seen]]);
  await api.put("/automations/{id}", { path: { id }, body: exactly(body) });
}

export async function setEnabled(id: string, enabled: boolean): Promise<void> {
  await api.patch("/automations/{id}", { path: { id }, body: { enabled } });
}

export async function deleteAutomation(id: string): Promise<void> {
  await api.delete("/automations/{id}", { path: { id } });
}
