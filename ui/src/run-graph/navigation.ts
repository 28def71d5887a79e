import type { Selection } from "./drawing";
import type { Model } from "./model";

/** What can be selected, top to bottom: each task run, or the whole of a task that is closed. */
export function stops(model: Model, isOpen: (group: number) => boolean): Selection[] {
  return model.groups.flatMap(({ members }, group): Selection[] => {
    if (members.length > 1 && !isOpen(group)) return [{ kind: "group", group, onName: true }];
    return [...members].map((index) => ({ kind: "task", index }) as const);
  });
}

/** The stop so many steps from where one is; the first or last where there is none. */
export function step(list: readonly Selection[], from: Selection | null, by: number): Selection | null {
  if (list.length === 0) return null;
  const at = from === null ? -1 : list.findIndex((each) => isAt(each, from));
  if (at < 0) return (by > 0 ? list[0] : list[list.length - 1]) ?? null;
  return list[Math.min(list.length - 1, Math.max(0, at + by))] ?? null;
}

function isAt(a: Selection, b: Selection): boolean {
  if (a.kind === "task") return b.kind === "task" && a.index === b.index;
  return b.kind === "group" && a.group === b.group;
}

export type GraphAction =
  | { do: "pan"; dx: number; dy: number }
  | { do: "zoom"; factor: number }
  | { do: "step"; by: number }
  | { do: "fit" }
  | { do: "closer" }
  | { do: "fullscreen" }
  | { do: "open" }
  | { do: "toggle" }
  | { do: "critical" }
  | { do: "leave" };

const PAN = 80;
const KEYS: Record<string, GraphAction> = {
  ArrowLeft: { do: "pan", dx: PAN, dy: 0 },
  ArrowRight: { do: "pan", dx: -PAN, dy: 0 },
  ArrowUp: { do: "pan", dx: 0, dy: PAN },
  ArrowDown: { do: "pan", dx: 0, dy: -PAN },
  PageUp: { do: "pan", dx: 0, dy: 5 * PAN },
  PageDown: { do: "pan", dx: 0, dy: -5 * PAN },
  "+": { do: "zoom", factor: 1.4 },
  "=": { do: "zoom", factor: 1.4 },
  "-": { do: "zoom", factor: 1 / 1.4 },
  "0": { do: "fit" },
  z: { do: "closer" },
  f: { do: "fullscreen" },
  j: { do: "step", by: 1 },
  k: { do: "step", by: -1 },
  J: { do: "step", by: 10 },
  K: { do: "step", by: -10 },
  Home: { do: "step", by: Number.NEGATIVE_INFINITY },
  End: { do: "step", by: Number.POSITIVE_INFINITY },
  Enter: { do: "open" },
  " ": { do: "toggle" },
  e: { do: "toggle" },
  p: { do: "critical" },
  Escape: { do: "leave" },
};

/** What a key does while the canvas has the focus. */
export function actionOf(event: {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}): GraphAction | undefined {
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
}

export const KEY_HELP: readonly (readonly [string, string])[] = [
  ["← ↑ → ↓", "move"],
  ["+ −", "zoom"],
  ["0", "fit"],
  ["j k", "next, previous task"],
  ["Enter", "open"],
  ["Space", "expand or collapse"],
  ["z", "zoom to selection"],
  ["p", "critical path"],
  ["f", "fullscreen"],
];
