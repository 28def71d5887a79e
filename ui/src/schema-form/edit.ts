// Changes of a form's value. The value holds what was set and nothing else; a change gives a new value that shares
// with the old one whatever it did not touch, so that only what changed is drawn again.
import { EMPTY_MAP, isList, isMap, type Json, type JsonMap, sameJson } from "@/lib/exact-json";
import { branchOf, discriminatorOf } from "./fits";
import type { Node, Shapes } from "./node";

export type Path = readonly (string | number)[];

/** What is there where nothing is set: the deployment's parameters, for example. */
export type Inherited = JsonMap;

const children = new WeakMap<Path, Map<string | number, Path>>();

/** The path one step further; the same steps give the same path, so that drawn fields can be kept. */
export function stepTo(path: Path, step: string | number): Path {
  let known = children.get(path);
  if (!known) {
    known = new Map();
    children.set(path, known);
  }
  let next = known.get(step);
  if (!next) {
    next = [...path, step];
    known.set(step, next);
  }
  return next;
}

export const ROOT: Path = [];
export const pathKey = (path: Path): string => JSON.stringify(path);

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let found = value;
  for (const step of path) {
    found = isMap(found) ? found.get(String(step)) : isList(found) ? found[Number(step)] : undefined;
  }
  return found;
}

/**
 * The value with `next` at the path; `undefined` takes away what is there, so that it is inherited again.
 *
 * Where a part of something inherited is changed, the whole has to be set: it begins as a copy of what is inherited,
 * without what the schema's own defaults say anyway.
 */
export function changed(
  shapes: Shapes,
  value: JsonMap,
  inherited: Inherited,
  path: Path,
  next: Json | undefined,
): JsonMap {
  const put = new Change(shapes, path, next);
  const made = put.into(shapes.node(shapes.root), value, undefined, 0, inherited);
  return isMap(made) ? made : EMPTY_MAP;
}

class Change {
  readonly #shapes: Shapes;
  readonly #path: Path;
  readonly #next: Json | undefined;

  constructor(shapes: Shapes, path: Path, next: Json | undefined) {
    this.#shapes = shapes;
    this.#path = path;
    this.#next = next;
  }

  into(
    union: Node,
    value: Json | undefined,
    inherited: Json | undefined,
    depth: number,
    above?: Inherited,
  ): Json | undefined {
    const step = this.#path[depth];
    if (step === undefined) return this.#next;
    // Taking something away from what isn't set changes nothing.
    if (value === undefined && this.#next === undefined) return undefined;
    const node = settled(this.#shapes, union, value ?? inherited, step);
    const base = value ?? started(this.#shapes, node, inherited);
    return typeof step === "number"
      ? this.#item(node, base, step, depth)
      : this.#entry(node, base, step, depth, above, inherited);
  }

  #item(node: Node, base: Json | undefined, step: number, depth: number): Json {
    const items = isList(base) ? [...base] : [];
    const item = this.#shapes.node(this.#shapes.item(node, step));
    const made = this.into(item, items[step], item.default, depth + 1);
    if (made === undefined) items.splice(step, 1);
    else items[step] = made;
    return items;
  }

  #entry(
    node: Node,
    base: Json | undefined,
    key: string,
    depth: number,
    above: Inherited | undefined,
    inherited: Json | undefined,
  ): Json | undefined {
    const map = new Map(isMap(base) ? base : EMPTY_MAP);
    const property = this.#shapes.properties(node).find((each) => each.key === key);
    const entry = this.#shapes.node(property?.schema ?? this.#shapes.extra(node, key) ?? true);
    const made = this.into(entry, map.get(key), above?.get(key) ?? entry.default, depth + 1);
    if (made !== undefined) map.set(key, made);
    else map.delete(key);
    // An object that was begun for the sake of one field goes when that field goes.
    const isIdle =
      made === undefined && map.size === 0 && depth > 0 && node.kind === "object" && inherited !== null;
    return isIdle ? undefined : map;
  }
}

/** Of a union the branch that a value belongs to; where there is none, one into which the step leads. */
export function settled(shapes: Shapes, node: Node, value: Json | undefined, step?: string | number): Node {
  if (node.kind !== "union") return node;
  const index = value === undefined || value === null ? undefined : branchOf(shapes, node, value);
  const branches = node.branches.map((branch) => shapes.node(branch));
  const leads = ({ kind }: Node) =>
    typeof step === "number" ? kind === "list" : kind === "object" || kind === "map" || kind === "union";
  const found = index === undefined ? branches.find(leads) : branches[index];
  return found ? settled(shapes, found, value, step) : node;
}

/** What a part begins as, when something in it is set. */
function started(shapes: Shapes, node: Node, inherited: Json | undefined): Json | undefined {
  if (!isMap(inherited) || node.kind !== "object") return inherited ?? undefined;
  const kept = [...inherited].flatMap(([key, value]): [string, Json][] => {
    const property = shapes.properties(node).find((each) => each.key === key);
    if (!property || property.required) return [[key, value]];
    const part = shapes.node(property.schema);
    if (part.options.length !== 1 && part.default !== undefined && sameJson(value, part.default)) return [];
    return [[key, started(shapes, settled(shapes, part, value), value) ?? value]];
  });
  return new Map(kept);
}

/** What a part begins as, when a person asks for it: an empty one, with what it can't do without. */
export function blank(shapes: Shapes, part: Json, tag?: { key: string; value: Json }): Json {
  const node = shapes.node(part);
  switch (node.kind) {
    case "object": {
      const required = shapes.properties(node).flatMap(({ key, schema }): [string, Json][] => {
        const { options } = shapes.node(schema);
        const [only] = options;
        if (tag?.key === key) return [[key, tag.value]];
        return options.length === 1 && only !== undefined ? [[key, only]] : [];
      });
      return new Map(required);
    }
    case "map":
      return EMPTY_MAP;
    case "list": {
      const fixed = node.schema.get("prefixItems");
      return isList(fixed) ? fixed.map((item) => shapes.node(item).default ?? blank(shapes, item)) : [];
    }
    case "boolean":
      return false;
    case "choice":
      return node.options[0] ?? null;
    case "union":
      return unionBlank(shapes, node);
    case "null":
      return null;
    default:
      return "";
  }
}

function unionBlank(shapes: Shapes, node: Node): Json {
  const [first] = node.branches;
  if (first === undefined) return null;
  return branchBlank(shapes, node, first);
}

/** What a branch of a union begins as: with the discriminator's value that leads to it. */
export function branchBlank(shapes: Shapes, node: Node, branch: Json): Json {
  const key = discriminatorOf(node);
  if (key === undefined) return blank(shapes, branch);
  const property = shapes.properties(shapes.node(branch)).find((each) => each.key === key);
  const [tag] = property ? shapes.node(property.schema).options : [];
  return tag === undefined ? blank(shapes, branch) : blank(shapes, branch, { key, value: tag });
}

/** The items of a list with one at another place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const copy = [...items];
  copy.splice(to, 0, ...copy.splice(from, 1));
  return copy;
}

/** A map with another name for a key, at its place. */
export function renamed(map: JsonMap, from: string, to: string): JsonMap {
  return new Map([...map].map(([key, value]) => [key === from ? to : key, value]));
}
