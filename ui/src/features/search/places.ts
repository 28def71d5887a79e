import type { Found } from "./queries";

type Subject = Found["subject"];

const KINDS: Record<Subject["kind"], string> = {
  flow: "Flows",
  flow_run: "Runs",
  task_run: "Task runs",
  deployment: "Deployments",
  work_pool: "Work pools",
  work_queue: "Work queues",
  worker: "Workers",
  variable: "Variables",
  concurrency_limit: "Concurrency",
};

/** What a kind of things is called where several are listed. */
export function kindLabel(kind: Subject["kind"]): string {
  return KINDS[kind];
}

/** Where the page of a thing is: for `<Link {...placeOf(subject)}>` and `navigate(placeOf(subject))`. */
export function placeOf({ kind, id, name, within }: Subject) {
  switch (kind) {
    case "flow":
      return { to: "/flows/$id", params: { id } } as const;
    case "flow_run":
      return { to: "/runs/$id", params: { id } } as const;
    case "task_run":
      return { to: "/task-runs/$id", params: { id } } as const;
    case "deployment":
      return { to: "/deployments/$id", params: { id } } as const;
    case "work_pool":
      return { to: "/work-pools/$name", params: { name } } as const;
    case "work_queue":
      return {
        to: "/work-pools/$name",
        params: { name: within ?? "" },
        search: { tab: "queues", q: name },
      } as const;
    case "worker":
      return {
        to: "/work-pools/$name",
        params: { name: within ?? "" },
        search: { tab: "workers", q: name },
      } as const;
    case "variable":
      return { to: "/variables", search: { q: name } } as const;
    case "concurrency_limit":
      return { to: "/concurrency", search: { q: name } } as const;
  }
}
