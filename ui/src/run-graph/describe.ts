import { stateLabel } from "@/design/states";
import { count, duration, plural } from "@/lib/format";
import type { Selection } from "./drawing";
import { endOf, LOOKS, type Model, queuedFor } from "./model";
import { LOOK_STYLES } from "./palette";

export function stateOf(model: Model, index: number): { type: string | undefined; name: string | undefined } {
  const state = model.timeline.state[index] ?? -1;
  return { type: model.timeline.state_types[state], name: model.timeline.state_names[state] };
}

/** Seconds that it took, or has taken so far; undefined where it has not begun. */
export function tookOf(model: Model, index: number, now: number): number | undefined {
  const begun = model.begun[index] as number;
  return Number.isNaN(begun) ? undefined : Math.max(0, endOf(model, index, now) - begun) / 1000;
}

/** How many are in which state, most severe first: "3 failed, 297 completed". */
export function countsText(counts: Int32Array): string {
  return lookCounts(counts)
    .map(({ look, count: many }) => `${count(many)} ${lookLabel(look).toLowerCase()}`)
    .join(", ");
}

export function lookCounts(counts: Int32Array): { look: number; count: number }[] {
  return [...counts.keys()]
    .reverse()
    .map((look) => ({ look, count: counts[look] as number }))
    .filter(({ count: many }) => many > 0);
}

export function lookLabel(look: number): string {
  const style = LOOK_STYLES[LOOKS[look] ?? "PENDING"];
  return stateLabel(style.type, style.name);
}

/** What is selected, in words. */
export function describe(model: Model, what: Selection | null, now: number): string {
  if (!what) return "";
  if (what.kind === "group") {
    const group = model.groups[what.group];
    return group
      ? `${group.name}: ${plural(group.members.length, "task run")}, ${countsText(group.counts)}.`
      : "";
  }
  const { index } = what;
  const { type, name } = stateOf(model, index);
  const took = tookOf(model, index, now);
  const queued = queuedFor(model, index, now) / 1000;
  const attempts = model.timeline.attempts[index] ?? 0;
  return [
    model.timeline.labels[index] ?? "",
    stateLabel(type, name),
    took === undefined ? "not started" : `took ${duration(took)}`,
    queued >= 0.1 ? `waited ${duration(queued)}` : "",
    attempts > 1 ? plural(attempts, "attempt") : "",
  ]
    .filter(Boolean)
    .join(", ");
}
