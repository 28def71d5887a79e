// Who had part in an event, by role. Pure.
import { idOf, type Labels, partsOf, roleOf } from "@/event-view/labels";

export interface Role {
  /** `flow`, `work-pool`, …; "related" where it isn't said. */
  readonly name: string;
  readonly resources: readonly Labels[];
}

/** Who only made it happen is looked for last. */
const LAST = ["creator", "event", "triggered-by", "triggering-event"];

/** Resources by their roles: in the order in which the event names them, each once in a role. */
export function rolesOf(related: readonly Labels[]): Role[] {
  const roles = new Map<string, Map<string, Labels>>();
  for (const resource of related) {
    const name = roleOf(resource) || partsOf(idOf(resource))?.kind || "related";
    const known = roles.get(name) ?? new Map<string, Labels>();
    if (!known.has(idOf(resource))) known.set(idOf(resource), resource);
    roles.set(name, known);
  }
  return [...roles]
    .map(([name, resources]) => ({ name, resources: [...resources.values()] }))
    .sort((a, b) => Number(LAST.includes(a.name)) - Number(LAST.includes(b.name)));
}

export const roleWords = (name: string): string => name.replaceAll("-", " ");
