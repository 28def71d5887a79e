// Which editor a value gets, by what its schema says.

import { isWhole, JsonSyntaxError, parseJson, plainOf, printPlain } from "@/lib/exact-json";
import { LITERAL_KINDS, type LiteralKind, readNumber } from "@/lib/literals";
import { at, type Declaration, isObject, type Json, type JsonObject, typeName } from "./json";

export type EditorKind = LiteralKind | "choice";
export interface ValueKinds {
  /** The kinds that may be chosen, the first by default. */
  kinds: EditorKind[];
  choices: Json[];
  /** Whether null is a value of its own. */
  nullable: boolean;
  integer: boolean;
  /** What the schema asks for, in words: "number ≥ 0.1". */
  wish: string;
  multiline: boolean;
}

const SCALARS: EditorKind[] = [...LITERAL_KINDS];

/** Follows `#/definitions/Name` and `#/$defs/Name`; a schema that leads nowhere says nothing. */
function followed(schema: unknown, definitions: JsonObject, depth = 8): JsonObject {
  if (!isObject(schema)) return {};
  const reference = schema.$ref;
  if (typeof reference !== "string" || depth === 0) return schema;
  const found = at(definitions, reference.split("/").at(-1) ?? "");
  return { ...followed(found, definitions, depth - 1), ...without(schema, "$ref") };
}

function without(schema: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== name));
}

export function kindsOf(
  declaration: Declaration | undefined,
  key: string | undefined,
  definitions: JsonObject = {},
  layer = "deployment",
): ValueKinds {
  const bounds = layer === "run" && isObject(declaration?.run_bounds) ? declaration.run_bounds : {};
  const schema = { ...followed(declaration?.schema, definitions), ...bounds };
  if (key === undefined) return kindsOfSchema(schema, definitions);
  const properties = at(schema, "properties");
  const item = at(properties, key) ?? schema.additionalProperties;
  return kindsOfSchema(isObject(item) ? followed(item, definitions) : {}, definitions);
}

/** The same where a text may stand for a value of any kind, as it is a template. */
export function orTemplate(kinds: ValueKinds, templates: boolean | undefined): ValueKinds {
  if (!templates || kinds.kinds.includes("text")) return kinds;
  return { ...kinds, kinds: [...kinds.kinds, "text"] };
}

function kindsOfSchema(schema: JsonObject, definitions: JsonObject): ValueKinds {
  const options = alternatives(schema, definitions);
  const nullable = options.some(isNull);
  const real = options.filter((option) => !isNull(option));
  const choices = real.flatMap(choicesOf).filter((choice) => choice !== null);
  const isClosed = real.length > 0 && real.every((option) => choicesOf(option).length > 0);
  const kinds = isClosed ? (["choice"] as EditorKind[]) : [...new Set(real.flatMap(kindsOfType))];
  const [first] = real;
  return {
    kinds: kinds.length ? kinds : SCALARS,
    choices: isClosed ? choices : [],
    nullable: nullable || real.some((option) => choicesOf(option).includes(null)),
    integer: real.some((option) => typesOf(option).includes("integer")),
    wish:
      real.length === 1 && first
        ? wishOf(first)
        : real.map((option) => typesOf(option).join(" or ")).join(" or "),
    multiline: false,
  };
}

function alternatives(schema: JsonObject, definitions: JsonObject): JsonObject[] {
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options)) return options.map((option) => followed(option, definitions));
  const types = typesOf(schema);
  return types.length > 1 ? types.map((type) => ({ ...schema, type })) : [schema];
}

const isNull = (schema: JsonObject) => schema.type === "null" || schema.const === null;

function choicesOf(schema: JsonObject): Json[] {
  if ("const" in schema) return [schema.const ?? null];
  return Array.isArray(schema.enum) ? schema.enum : [];
}

function typesOf(schema: JsonObject): string[] {
  const type = schema.type;
  return (Array.isArray(type) ? type : [type]).filter((name): name is string => typeof name === "string");
}

function kindsOfType(schema: JsonObject): EditorKind[] {
  const kinds = typesOf(schema).map((type): EditorKind => {
    if (type === "string") return "text";
    if (type === "boolean") return "boolean";
    return type === "number" || type === "integer" ? "number" : "json";
  });
  return kinds.length ? kinds : SCALARS;
}

/** The kind that shows a value as it is; one that the schema does not want is shown all the same. */
export function kindOfValue(value: Json | undefined, kinds: ValueKinds): EditorKind {
  if (value === undefined || value === null) return kinds.kinds[0] ?? "text";
  if (kinds.kinds.includes("choice") && kinds.choices.includes(value)) return "choice";
  const name = typeName(value);
  return name === "text" || name === "number" || name === "boolean" ? name : "json";
}

function wishOf(schema: JsonObject): string {
  const words = [typesOf(schema).map(typeWord).join(" or ")];
  if (typeof schema.minimum === "number") words.push(`≥ ${schema.minimum}`);
  if (typeof schema.exclusiveMinimum === "number") words.push(`> ${schema.exclusiveMinimum}`);
  if (typeof schema.maximum === "number") words.push(`≤ ${schema.maximum}`);
  if (typeof schema.pattern === "string") words.push(`like ${schema.pattern}`);
  const [type, ...bounds] = words;
  return [type, bounds.join(" and ")].filter(Boolean).join(" ");
}

function typeWord(type: string): string {
  return { string: "text", integer: "whole number", array: "list", object: "map" }[type] ?? type;
}

export type ReadResult = { value: Json } | { fault: string };

/** A typed text as a value of a kind. A number keeps the digits that were typed. */
export function readTyped(kind: EditorKind, text: string, kinds: ValueKinds): ReadResult {
  if (kind === "text" || kind === "choice") return { value: text };
  if (kind === "boolean") return { value: text === "true" };
  if (kind === "json") return readJsonText(text);
  const value = readNumber(text);
  if (value === undefined) return { fault: "This is no number." };
  if (kinds.integer && !isWhole(value)) return { fault: "A whole number is wanted." };
  return { value };
}

function readJsonText(text: string): ReadResult {
  try {
    return { value: plainOf(parseJson(text)) as Json };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { fault: `Not JSON: ${error.message}` };
    throw error;
  }
}

export function textOfTyped(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : printPlain(value);
}
