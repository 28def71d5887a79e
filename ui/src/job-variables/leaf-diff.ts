// How two resolved jobs differ, leaf by leaf.

import { type Change, type JobSpec, type Json, type Leaf, same } from "./json";

export interface Side {
  state: "none" | "removed" | "value";
  value?: Json | undefined;
  layer?: string | undefined;
}
export interface LeafDifference {
  path: string;
  variable: string | undefined;
  key: string | undefined;
  before: Side;
  after: Side;
  /** Equal values, whoever set them. */
  same: boolean;
}

/** The paths of the second, and each that only the first has behind the one before it: keys of `env` stay together. */
function ordered(after: readonly string[], before: readonly string[]): string[] {
  const paths = [...after];
  const known = new Set(after);
  for (const [at, path] of before.entries()) {
    if (known.has(path)) continue;
    const previous = before[at - 1];
    paths.splice(previous === undefined ? 0 : paths.indexOf(previous) + 1, 0, path);
  }
  return paths;
}

function sideOf(leaf: Leaf | undefined): Side {
  if (!leaf) return { state: "none" };
  if (leaf.value === undefined) return { state: "removed", layer: leaf.layer };
  return { state: "value", value: leaf.value as Json, layer: leaf.layer };
}

/** Every leaf of either job, in the order of the second; what only the first has comes after its neighbours there. */
export function leafDiff(before: JobSpec, after: JobSpec): LeafDifference[] {
  const was = new Map((before.leaves ?? []).map((leaf) => [leaf.path, leaf]));
  const is = new Map((after.leaves ?? []).map((leaf) => [leaf.path, leaf]));
  return ordered([...is.keys()], [...was.keys()]).map((path) => {
    const [a, b] = [was.get(path), is.get(path)];
    const [left, right] = [sideOf(a), sideOf(b)];
    return {
      path,
      variable: (b ?? a)?.variable ?? undefined,
      key: (b ?? a)?.key ?? undefined,
      before: left,
      after: right,
      same: isSame(left, right),
    };
  });
}

/** A key that is taken away and one that nobody sets are the same but for what the worker's own environment has. */
function isSame(a: Side, b: Side): boolean {
  return a.state === b.state && (a.state !== "value" || same(a.value, b.value));
}

export function differenceOf(change: Change): LeafDifference {
  const side = (value: unknown): Side =>
    value === undefined ? { state: "none" } : { state: "value", value: value as Json };
  return {
    path: change.path,
    variable: undefined,
    key: undefined,
    before: side(change.before),
    after: side(change.after),
    same: false,
  };
}
