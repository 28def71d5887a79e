// JSON Schema, as pydantic makes it, turned into what the form draws. References are followed when a part is drawn, so
// that a model that holds itself ends where the values end.
import { EMPTY_MAP, isList, isMap, type Json, type JsonMap } from "@/lib/exact-json";

export type Kind =
  | "any"
  | "boolean"
  | "choice"
  | "date"
  | "date-time"
  | "decimal"
  | "duration"
  | "integer"
  | "list"
  | "map"
  | "null"
  | "number"
  | "object"
  | "secret"
  | "text"
  | "time"
  | "union";

/** One place of a form: what may be there and what is told about it. */
export interface Node {
  readonly kind: Kind;
  /** The schema, with what its references point to. */
  readonly schema: JsonMap;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** What is there when nothing is set; undefined where the schema says nothing. */
  readonly default: Json | undefined;
  readonly format: string | undefined;
  /** Of a choice: its values, in order. */
  readonly options: readonly Json[];
  /** Of a union: its forms, in order. */
  readonly branches: readonly Json[];
}

export interface Property {
  readonly key: string;
  readonly required: boolean;
  readonly schema: Json;
}

const KINDS_BY_FORMAT: Readonly<Record<string, Kind>> = {
  date: "date",
  "date-time": "date-time",
  duration: "duration",
  password: "secret",
  time: "time",
};
const MAX_HOPS = 50;

const textAt = (schema: JsonMap, key: string): string | undefined => {
  const value = schema.get(key);
  return typeof value === "string" ? value : undefined;
};
export const listAt = (schema: JsonMap, key: string): readonly Json[] => {
  const value = schema.get(key);
  return isList(value) ? value : [];
};
export const mapAt = (schema: JsonMap, key: string): JsonMap => {
  const value = schema.get(key);
  return isMap(value) ? value : EMPTY_MAP;
};

/** Reads the parts of one schema document. The same part gives the same node, so that drawn fields can be kept. */
export class Shapes {
  readonly root: JsonMap;
  readonly #nodes = new WeakMap<JsonMap, Node>();
  readonly #properties = new WeakMap<JsonMap, readonly Property[]>();

  constructor(root: Json) {
    this.root = isMap(root) ? root : EMPTY_MAP;
  }

  node(part: Json): Node {
    const key = isMap(part) ? part : EMPTY_MAP;
    const known = this.#nodes.get(key);
    if (known) return known;
    const node = describe(this.#whole(key), this);
    this.#nodes.set(key, node);
    return node;
  }

  /** The named fields of an object, in the order of their positions, else of the schema. */
  properties(node: Node): readonly Property[] {
    const known = this.#properties.get(node.schema);
    if (known) return known;
    const required = new Set(listAt(node.schema, "required"));
    const position = (schema: Json) => {
      const value = isMap(schema) ? schema.get("position") : undefined;
      return typeof value === "number" ? value : Number.MAX_SAFE_INTEGER;
    };
    const found = [...mapAt(node.schema, "properties")]
      .map(([key, schema]) => ({ key, required: required.has(key), schema }))
      .sort((a, b) => position(a.schema) - position(b.schema));
    this.#properties.set(node.schema, found);
    return found;
  }

  /** The schema of a key that has no name in the schema; undefined where there may be none. */
  extra(node: Node, key: string): Json | undefined {
    for (const [pattern, schema] of mapAt(node.schema, "patternProperties")) {
      if (matches(pattern, key)) return schema;
    }
    const more = node.schema.get("additionalProperties");
    if (more === false) return undefined;
    if (isMap(more)) return more;
    const patterns = mapAt(node.schema, "patternProperties");
    // Keys that fit no pattern are a matter of the server's check; while one is typed its value has a form already.
    return more === undefined && patterns.size ? ([...patterns.values()][0] ?? true) : true;
  }

  /** The schema of a list's item. */
  item(node: Node, index: number): Json {
    const fixed = listAt(node.schema, "prefixItems");
    return fixed[index] ?? node.schema.get("items") ?? true;
  }

  /** The texts that keys may be; undefined where they are free. */
  keys(node: Node): readonly string[] | undefined {
    const names = node.schema.get("propertyNames");
    if (!isMap(names)) return undefined;
    const { options } = this.node(names);
    return options.length ? options.filter((option) => typeof option === "string") : undefined;
  }

  /** The part with what `$ref` and `allOf` bring; what stands beside them wins. */
  #whole(part: JsonMap): JsonMap {
    let whole = part;
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      const reference = textAt(whole, "$ref");
      const all = listAt(whole, "allOf").filter(isMap);
      if (reference === undefined && !all.length) return whole;
      const beside = new Map([...whole].filter(([key]) => key !== "$ref" && key !== "allOf"));
      const below = reference === undefined ? all : [this.#target(reference), ...all];
      whole = [...below, beside].reduce(merged, EMPTY_MAP);
    }
    return EMPTY_MAP;
  }

  #target(reference: string): JsonMap {
    if (!reference.startsWith("#")) return EMPTY_MAP;
    const steps = reference.slice(1).split("/").slice(1);
    let found: Json | undefined = this.root;
    for (const step of steps) {
      const key = safeDecode(step).replaceAll("~1", "/").replaceAll("~0", "~");
      found = isMap(found) ? found.get(key) : isList(found) ? found[Number(key)] : undefined;
    }
    return isMap(found) ? found : EMPTY_MAP;
  }
}

const safeDecode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

function merged(below: JsonMap, above: JsonMap): JsonMap {
  const both = new Map([...below, ...above]);
  const properties = [...mapAt(below, "properties"), ...mapAt(above, "properties")];
  if (properties.length) both.set("properties", new Map(properties));
  const required = [...listAt(below, "required"), ...listAt(above, "required")];
  if (required.length) both.set("required", required);
  return both;
}

const patterns = new Map<string, RegExp | null>();

/** Whether a text matches a schema's pattern; one that JavaScript can't read matches everything. */
export function matches(pattern: string, text: string): boolean {
  let known = patterns.get(pattern);
  if (known === undefined) {
    try {
      known = new RegExp(pattern, "u");
    } catch {
      known = null;
    }
    patterns.set(pattern, known);
  }
  return known?.test(text) ?? true;
}

function describe(schema: JsonMap, shapes: Shapes): Node {
  const branches = branchesOf(schema);
  const options = optionsOf(schema);
  return {
    kind: kindOf(schema, branches, options, shapes),
    schema,
    title: textAt(schema, "title"),
    description: textAt(schema, "description"),
    default: schema.get("default"),
    format: textAt(schema, "format"),
    options,
    branches,
  };
}

function optionsOf(schema: JsonMap): readonly Json[] {
  const only = schema.get("const");
  if (only !== undefined) return [only];
  // An Enum may hold equal values twice: True is 1 in Python.
  return listAt(schema, "enum").filter((option, index, all) => all.indexOf(option) === index);
}

function branchesOf(schema: JsonMap): readonly Json[] {
  for (const key of ["anyOf", "oneOf"]) {
    const branches = listAt(schema, key);
    if (branches.length > 1) return branches;
    if (branches.length === 1 && isMap(branches[0])) return branches;
  }
  const types = listAt(schema, "type");
  return types.map((type) => new Map([...schema, ["type", type]] as [string, Json][]));
}

function kindOf(schema: JsonMap, branches: readonly Json[], options: readonly Json[], shapes: Shapes): Kind {
  if (options.length) return options.length === 1 && options[0] === null ? "null" : "choice";
  if (branches.length) return isDecimal(branches, shapes) ? "decimal" : "union";
  const type = textAt(schema, "type");
  if (type === "string") return KINDS_BY_FORMAT[textAt(schema, "format") ?? ""] ?? "text";
  if (type === "array") return "list";
  if (type === "integer" || type === "number" || type === "boolean" || type === "null") return type;
  if (type === "object" || schema.has("properties"))
    return schema.has("properties") ? "object" : objectKind(schema);
  if (schema.has("items") || schema.has("prefixItems")) return "list";
  return schema.has("additionalProperties") || schema.has("patternProperties") ? "map" : "any";
}

const objectKind = (schema: JsonMap): Kind =>
  schema.get("additionalProperties") === false && !mapAt(schema, "patternProperties").size ? "object" : "map";

/** pydantic's Decimal: a number, or text that spells one. */
function isDecimal(branches: readonly Json[], shapes: Shapes): boolean {
  const [first, second] = branches.map((branch) => shapes.node(branch));
  return (
    branches.length === 2 &&
    first?.kind === "number" &&
    second?.kind === "text" &&
    (textAt(second.schema, "pattern") ?? "").includes("[+-]?")
  );
}
