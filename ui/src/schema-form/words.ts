// What fields are called and what is told about them.
import { isList, isMap, isNumber, type Json, type JsonMap, numberText, printJson } from "@/lib/exact-json";
import { FORMATS } from "./fits";
import { type Kind, listAt, type Node, type Shapes } from "./node";

const NAMES: Readonly<Record<Kind, string>> = {
  any: "any JSON",
  boolean: "true or false",
  choice: "choice",
  date: "date",
  "date-time": "date and time",
  decimal: "decimal",
  duration: "duration",
  integer: "integer",
  list: "list",
  map: "map",
  null: "None",
  number: "number",
  object: "object",
  secret: "secret",
  text: "text",
  time: "time",
  union: "one of several",
};

const FORMAT_NAMES: Readonly<Record<string, string>> = {
  base64: "base64",
  base64url: "base64",
  binary: "bytes",
  email: "e-mail address",
  "file-path": "file path",
  "directory-path": "folder path",
  ipv4: "IPv4 address",
  ipv6: "IPv6 address",
  ipv4network: "IPv4 network",
  ipv6network: "IPv6 network",
  "json-string": "JSON text",
  path: "path",
  regex: "regular expression",
  template: "template",
  uri: "URL",
  uuid: "UUID",
};

/** What a form of a union is called: `text`, `list of integer`, `Cat`. */
export function formName(shapes: Shapes, part: Json): string {
  const node = shapes.node(part);
  if (node.kind === "list" && isMap(node.schema.get("items"))) {
    return `list of ${formName(shapes, node.schema.get("items") ?? true)}`;
  }
  if (node.kind === "list" && listAt(node.schema, "prefixItems").length) return "tuple";
  if (node.kind === "choice" && node.options.length === 1) return brief(node.options[0]);
  if (node.title && (node.kind === "object" || node.kind === "choice")) return node.title;
  return FORMAT_NAMES[node.format ?? ""] ?? NAMES[node.kind];
}

/** Names for the forms of one union, each another. */
export function formNames(shapes: Shapes, parts: readonly Json[]): string[] {
  const names = parts.map((part) => formName(shapes, part));
  return names.map((name, index) =>
    names.indexOf(name) === names.lastIndexOf(name)
      ? name
      : `${name} ${names.slice(0, index + 1).filter((other) => other === name).length}`,
  );
}

/** The kind and its bounds in a few words: `integer, 1 to 10`; nothing that the name of the field says already. */
export function ruleText(shapes: Shapes, node: Node, name: string): string {
  const kind = formName(shapes, node.schema);
  const isSaid = node.kind === "any" || plain(kind) === plain(name);
  return [isSaid ? "" : kind, ...bounds(node.schema)].filter(Boolean).join(", ");
}

function bounds(schema: JsonMap): string[] {
  const at = (key: string) => {
    const value = schema.get(key);
    return isNumber(value) ? numberText(value) : undefined;
  };
  return [
    range(at("minimum"), at("maximum")),
    at("exclusiveMinimum") === undefined ? "" : `more than ${at("exclusiveMinimum")}`,
    at("exclusiveMaximum") === undefined ? "" : `less than ${at("exclusiveMaximum")}`,
    at("multipleOf") === undefined ? "" : `multiple of ${at("multipleOf")}`,
    counted(at("minLength"), at("maxLength"), "characters"),
    counted(at("minItems"), at("maxItems"), "items"),
    counted(at("minProperties"), at("maxProperties"), "keys"),
    schema.get("uniqueItems") === true ? "no duplicates" : "",
    typeof schema.get("pattern") === "string" ? `matches ${String(schema.get("pattern"))}` : "",
  ];
}

function range(least: string | undefined, most: string | undefined): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `at least ${least}`;
  return most === undefined ? "" : `at most ${most}`;
}

function counted(least: string | undefined, most: string | undefined, things: string): string {
  if (least === most && least !== undefined) return `${least} ${things}`;
  const told = range(least === "0" ? undefined : least, most);
  return told && `${told} ${things}`;
}

const SHOWN = 60;

/** A value in a few characters. */
export function brief(value: Json | undefined): string {
  if (value === null) return "None";
  if (value === undefined) return "";
  if (value === "") return "empty text";
  if (isList(value)) return value.length ? cut(printJson(value)) : "empty list";
  if (isMap(value)) return value.size ? cut(printJson(value)) : "empty map";
  return cut(typeof value === "string" ? value.replaceAll("\n", "⏎") : printJson(value));
}

const cut = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);

/** What stands in an empty field: `(default: 3)`. */
export function inheritedText(node: Node, inherited: Json | undefined, origin: string): string {
  if (inherited === undefined) return "";
  const isHidden = node.kind === "secret" && inherited !== null && inherited !== "";
  return `(${origin}: ${isHidden ? "••••••" : brief(inherited)})`;
}

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** How a key is written as a label: its title where that says more than the key. */
export function labelOf(key: string, node: Node): { label: string; key: string | undefined } {
  return node.title && plain(node.title) !== plain(key) && node.kind !== "object" && node.kind !== "choice"
    ? { label: node.title, key }
    : { label: key, key: undefined };
}

const EXPECTED: Readonly<Record<string, string>> = {
  date: "2026-08-22",
  time: "09:30 or 09:30:00+02:00",
  "date-time": "2026-08-22T09:00:00+02:00",
  uuid: "123e4567-e89b-12d3-a456-426614174000",
  email: "name@example.org",
  uri: "https://example.org",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
};

/** What is doubtful about a text of a format; the server may not look that closely. */
export function doubt(node: Node, text: string): string | undefined {
  const { format } = node;
  if (!format || text === "" || format === "duration" || (FORMATS[format]?.(text) ?? true)) return undefined;
  const example = EXPECTED[format];
  const name = FORMAT_NAMES[format] ?? NAMES[node.kind];
  return `This doesn't look like a ${name}${example ? `, such as ${example}` : ""}.`;
}
