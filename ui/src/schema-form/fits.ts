// Whether a value has the form that a part of a schema describes. It only decides which branch of a union a value
// belongs to, and whether a field can show it: what is allowed is the server's to say.
import { isList, isMap, isNumber, isWhole, type Json, sameJson } from "@/lib/exact-json";
import { parseIsoDuration } from "./durations";
import { isDate, isMoment, isTime } from "./moments";
import { listAt, matches, type Node, type Shapes } from "./node";

const UUID = /^(urn:uuid:)?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;

function isUrl(text: string): boolean {
  return URL.canParse(text);
}

/** How the texts of a format look, as far as that can be told; what is not here may be any text. */
export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  time: isTime,
  "date-time": isMoment,
  duration: (text) => parseIsoDuration(text) !== undefined,
  uuid: (text) => UUID.test(text),
  email: (text) => EMAIL.test(text),
  uri: isUrl,
  ipv4: (text) => IPV4.test(text),
  ipv6: (text) => text.includes(":"),
  base64: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  base64url: (text) => /^[A-Za-z0-9_-]*={0,2}$/.test(text),
};

/** Whether a field of the kind can show the value; what it can't is shown as JSON, as it is. */
export function isShowable(node: Node, value: Json): boolean {
  switch (node.kind) {
    case "any":
    case "union":
      return true;
    case "list":
      return isList(value);
    case "map":
    case "object":
      return isMap(value);
    case "boolean":
      return typeof value === "boolean";
    case "null":
      return value === null;
    case "choice":
      return node.options.some((option) => sameJson(option, value));
    case "integer":
    case "number":
    case "decimal":
      return isNumber(value) || typeof value === "string";
    default:
      return typeof value === "string";
  }
}

export function fits(shapes: Shapes, part: Json, value: Json): boolean {
  if (typeof part === "boolean") return part;
  const node = shapes.node(part);
  switch (node.kind) {
    case "any":
      return true;
    case "union":
      return node.branches.some((branch) => fits(shapes, branch, value));
    case "list":
      return isList(value) && listFits(shapes, node, value);
    case "map":
    case "object":
      return isMap(value) && mapFits(shapes, node, value);
    case "number":
      return isNumber(value);
    case "integer":
      return isNumber(value) && isWhole(value);
    case "decimal":
      return isNumber(value) || (typeof value === "string" && /^[+-]?[\d.]+$/.test(value));
    case "boolean":
    case "null":
    case "choice":
      return isShowable(node, value);
    default:
      return typeof value === "string" && textFits(node, value);
  }
}

function textFits(node: Node, text: string): boolean {
  const pattern = node.schema.get("pattern");
  const isOfFormat = node.format === undefined || (FORMATS[node.format]?.(text) ?? true);
  return isOfFormat && (typeof pattern !== "string" || matches(pattern, text));
}

function listFits(shapes: Shapes, node: Node, items: readonly Json[]): boolean {
  const least = node.schema.get("minItems");
  const most = node.schema.get("maxItems");
  if (typeof least === "number" && items.length < least) return false;
  if (typeof most === "number" && items.length > most) return false;
  return items.every((item, index) => fits(shapes, shapes.item(node, index), item));
}

function mapFits(shapes: Shapes, node: Node, map: ReadonlyMap<string, Json>): boolean {
  if (listAt(node.schema, "required").some((key) => typeof key === "string" && !map.has(key))) return false;
  const named = new Map(shapes.properties(node).map(({ key, schema }) => [key, schema]));
  return [...map].every(([key, item]) => {
    const schema = named.get(key) ?? shapes.extra(node, key);
    return schema !== undefined && fits(shapes, schema, item);
  });
}

/** The branch that a value belongs to: by its discriminator, else the first that it fits, else one of its type. */
export function branchOf(shapes: Shapes, node: Node, value: Json): number | undefined {
  const named = discriminated(shapes, node, value);
  if (named !== undefined) return named;
  const fitting = node.branches.findIndex((branch) => fits(shapes, branch, value));
  if (fitting >= 0) return fitting;
  const similar = node.branches.findIndex((branch) => {
    const { kind } = shapes.node(branch);
    return kind !== "any" && isShowable(shapes.node(branch), value);
  });
  return similar >= 0 ? similar : undefined;
}

function discriminated(shapes: Shapes, node: Node, value: Json): number | undefined {
  const key = discriminatorOf(node);
  if (key === undefined || !isMap(value)) return undefined;
  const tag = value.get(key);
  const found = node.branches.findIndex((branch) => {
    const property = shapes.properties(shapes.node(branch)).find((each) => each.key === key);
    if (!property) return false;
    const { options, default: otherwise } = shapes.node(property.schema);
    return options.some((option) => sameJson(option, tag ?? otherwise));
  });
  return found >= 0 ? found : undefined;
}

/** The key that tells the branches of a union apart. */
export function discriminatorOf(node: Node): string | undefined {
  const about = node.schema.get("discriminator");
  const key = isMap(about) ? about.get("propertyName") : undefined;
  return typeof key === "string" ? key : undefined;
}
