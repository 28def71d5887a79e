// The names of what automations speak of by ids; and those that there are to choose from.
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/lib/api";
import type { Mentioned } from "./mentioned";

const MOST = 50;
const ALL = 200;

type Names = readonly (readonly [id: string, name: string])[];

const named = (rows: readonly { id: string; name?: string | null | undefined }[]): Names =>
  rows.map(({ id, name }) => [id, name ?? id] as const);

/** By ids: deployments by flow and name, queues by pool and name. What nothing speaks of is not asked for. */
export function namesQuery({ ids, queues, automations, blocks }: Mentioned) {
  return queryOptions({
    queryKey: ["names-in-automations", { ids: [...ids].sort(), queues, automations, blocks }],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, string>> => {
      const limit = ALL;
      const any = { id: { any_: [...ids] } };
      const of = (some: readonly string[]) => ({ id: { any_: [...some] } });
      const found = await Promise.all<Names>([
        api
          .post("/deployments/list", { body: { deployments: any, limit }, signal })
          .then(({ rows }) => rows.map((row) => [row.id, `${row.flow_name}/${row.name}`] as const)),
        api.post("/flows/filter", { body: { flows: any, limit }, signal }).then(named),
        api.post("/work_pools/filter", { body: { work_pools: any, limit }, signal }).then(named),
        queues.length
          ? api
              .post("/work_queues/filter", { body: { work_queues: of(queues), limit }, signal })
              .then((rows) => rows.map((row) => [row.id, queueName(row)] as const))
          : [],
        automations.length
          ? api
              .post("/automations/filter", { body: { automations: of(automations), limit }, signal })
              .then(named)
          : [],
        blocks.length
          ? api
              .post("/block_documents/filter", { body: { block_documents: of(blocks), limit }, signal })
              .then(named)
          : [],
      ]);
      return new Map(found.flat());
    },
    enabled: ids.length > 0,
    staleTime: 60_000,
  });
}

const queueName = ({ work_pool_name, name }: { work_pool_name?: string | null; name: string }): string =>
  `${work_pool_name ?? ""}/${name}`;

export interface Choice {
  value: string;
  label: string;
  detail?: string | undefined;
}

/** What can be chosen, and the noun whose changes change that. */
const NOUNS = {
  deployment: "deployments",
  flow: "flows",
  "work pool": "work_pools",
  "work queue": "work_queues",
  automation: "automations",
  "notification block": "block_documents",
  "webhook block": "block_documents",
} as const;

export type Kind = keyof typeof NOUNS;

/** Those of a kind, by a part of their names; where the server can't look for one, all of them. */
export function choicesQuery(kind: Kind, text: string) {
  return queryOptions({
    queryKey: ["automation-choices", { kind, text }],
    meta: { follows: [NOUNS[kind]] },
    queryFn: ({ signal }) => choices(kind, text, signal),
    staleTime: 30_000,
  });
}

async function choices(kind: Kind, text: string, signal: AbortSignal): Promise<Choice[]> {
  const name = text ? { name: { like_: text } } : null;
  switch (kind) {
    case "flow": {
      const found = await api.post("/flows/filter", { body: { flows: name, limit: MOST }, signal });
      return found.map(({ id, name: label }) => ({ value: id, label }));
    }
    case "work pool": {
      const found = await api.post("/work_pools/filter", { body: { limit: ALL }, signal });
      return found.map(({ id, name: label, type }) => ({ value: id, label, detail: type }));
    }
    case "work queue": {
      const found = await api.post("/work_queues/filter", { body: { limit: ALL }, signal });
      return found.map((queue) => ({ value: queue.id, label: queueName(queue) }));
    }
    case "automation": {
      const found = await api.post("/automations/filter", { body: { limit: ALL }, signal });
      return found.map(({ id, name: label }) => ({ value: id, label }));
    }
    case "notification block":
      return await blocks({ block_schemas: { block_capabilities: { all_: ["notify"] } } }, signal);
    case "webhook block":
      return await blocks({ block_types: { slug: { any_: ["webhook"] } } }, signal);
    default: {
      const { rows } = await api.post("/deployments/list", {
        body: { deployments: name, limit: MOST },
        signal,
      });
      return rows.map((row) => ({
        value: row.id,
        label: `${row.flow_name}/${row.name}`,
        detail: row.work_pool_name ?? undefined,
      }));
    }
  }
}

async function blocks(which: object, signal: AbortSignal): Promise<Choice[]> {
  const found = await api.post("/block_documents/filter", { body: { ...which, limit: ALL }, signal });
  return found.map(({ id, name, block_type_name }) => ({
    value: id,
    label: name ?? id,
    detail: block_type_name ?? undefined,
  }));
}

const RESOURCES: readonly Kind[] = ["deployment", "flow", "work pool", "work queue", "automation"];

/** Resources by a part of their names, each by its id as events have it: `prefect.deployment.…`. */
export function resourcesQuery(text: string) {
  return queryOptions({
    queryKey: ["automation-resources", { text }],
    queryFn: async ({ signal }): Promise<Choice[]> => {
      const found = await Promise.all(RESOURCES.map((kind) => choices(kind, text, signal)));
      const wanted = text.toLowerCase();
      return found.flatMap((each, at) =>
        each
          .filter(({ label }) => label.toLowerCase().includes(wanted))
          .map(({ value, label }) => {
            const kind = RESOURCES[at] ?? "";
            return { value: `prefect.${kind.replace(" ", "-")}.${value}`, label, detail: kind };
          }),
      );
    },
    enabled: text !== "",
    staleTime: 30_000,
  });
}
