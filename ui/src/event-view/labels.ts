// Resources as events have them: labels, of which some have a name of their own.

export type Labels = { readonly [label: string]: string };

export const ID = "prefect.resource.id";
export const NAME = "prefect.resource.name";
export const ROLE = "prefect.resource.role";

/** An event, as far as it is shown. */
export interface EventLike {
  readonly id: string;
  readonly event: string;
  readonly occurred: string;
  readonly resource: Labels;
  readonly related?: readonly Labels[] | undefined;
  readonly payload?: unknown;
  readonly follows?: string | null | undefined;
}

export const idOf = (resource: Labels): string => resource[ID] ?? "";
export const roleOf = (resource: Labels): string => resource[ROLE] ?? "";

/** The kind of a resource of ours and what comes after it: `flow-run` and a UUID; undefined for those of others. */
export function partsOf(id: string): { kind: string; rest: string } | undefined {
  const [, kind, rest] = /^prefect\.([a-z-]+(?:-v1)?)\.(.+)$/.exec(id) ?? [];
  return kind === undefined || rest === undefined ? undefined : { kind, rest };
}

const KINDS: Readonly<Record<string, string>> = {
  "block-document": "Block",
  "concurrency-limit-v1": "Concurrency limit",
};

/** `flow-run` as people say it: "Flow run". */
export function kindLabel(kind: string): string {
  const words = (KINDS[kind] ?? kind).replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a resource is called: its name, else the end of its id. */
export function nameOf(resource: Labels): string {
  const id = idOf(resource);
  const rest = partsOf(id)?.rest;
  const short = rest && /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(rest) ? rest.slice(0, 8) : rest;
  return resource[NAME] || short || id;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** Where the page of a resource is; undefined where there is none. */
export function placeOf(resource: Labels) {
  const { kind, rest } = partsOf(idOf(resource)) ?? {};
  const name = resource[NAME];
  if (kind === "tag" && rest) return { to: "/runs", search: { q: `tag:${JSON.stringify(rest)}` } } as const;
  if (kind === "worker" && rest) return { to: "/workers", search: { q: name ?? rest } } as const;
  if (rest === undefined || !UUID.test(rest)) return undefined;
  switch (kind) {
    case "flow":
      return { to: "/flows/$id", params: { id: rest } } as const;
    case "flow-run":
      return { to: "/runs/$id", params: { id: rest } } as const;
    case "task-run":
      return { to: "/task-runs/$id", params: { id: rest } } as const;
    case "deployment":
      return { to: "/deployments/$id", params: { id: rest } } as const;
    case "automation":
      return { to: "/automations/$id", params: { id: rest } } as const;
    case "event":
      return { to: "/events/$id", params: { id: rest } } as const;
    case "work-pool":
      return name ? ({ to: "/work-pools/$name", params: { name } } as const) : undefined;
    case "variable":
      return { to: "/variables", search: { q: name ?? "" } } as const;
    case "concurrency-limit":
    case "concurrency-limit-v1":
      return { to: "/concurrency", search: { q: name ?? "" } } as const;
    default:
      return undefined;
  }
}
