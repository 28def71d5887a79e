// What type a variable has, as far as a table can say it, and another type without what else its schema says.
import { isList, isMap, type Json, type JsonMap } from "@/lib/exact-json";

export type Kind = "text" | "number" | "integer" | "boolean" | "map" | "list" | "choice" | "any" | "custom";

export interface VariableType {
  readonly kind: Kind;
  readonly nullable: boolean;
  /** Of a choice. */
  readonly choices: readonly Json[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  string: "text",
  number: "number",
  integer: "integer",
  boolean: "boolean",
  object: "map",
  array: "list",
};
const TYPES: Partial<Record<Kind, string>> = Object.fromEntries(
  Object.entries(KINDS).map(([type, kind]) => [kind, type]),
);

export const KIND_LABELS: Readonly<Record<Kind, string>> = {
  text: "text",
  number: "number",
  integer: "whole number",
  boolean: "true / false",
  map: "map",
  list: "list",
  choice: "one of",
  any: "anything",
  custom: "custom schema",
};

/** Types that can be chosen; a schema of one's own is written as JSON. */
export const CHOOSABLE: readonly Kind[] = [
  "text",
  "number",
  "integer",
  "boolean",
  "choice",
  "map",
  "list",
  "any",
];

const isNull = (part: Json): boolean => isMap(part) && part.get("type") === "null" && part.size === 1;

/** The form that is not null, where a schema is "this or null"; else itself. */
function unwrapped(schema: JsonMap): { inner: JsonMap; nullable: boolean } {
  const forms = schema.get("anyOf");
  if (isList(forms) && forms.length === 2 && schema.get("type") === undefined) {
    const inner = forms.find((form) => !isNull(form));
    if (forms.some(isNull) && isMap(inner)) return { inner, nullable: true };
  }
  const types = schema.get("type");
  if (isList(types) && types.length === 2 && types.includes("null")) {
    const type = types.find((each) => each !== "null") ?? "null";
    return { inner: new Map<string, Json>([...schema, ["type", type]]), nullable: true };
  }
  return { inner: schema, nullable: false };
}

export function typeOf(schema: Json): VariableType {
  if (!isMap(schema)) return { kind: schema === true ? "any" : "custom", nullable: false, choices: [] };
  const { inner, nullable } = unwrapped(schema);
  const choices = inner.get("enum");
  if (isList(choices)) return { kind: "choice", nullable, choices };
  return { kind: kindOf(inner), nullable, choices: [] };
}

const SHAPES = ["anyOf", "oneOf", "allOf", "$ref", "const", "not", "if"];

function kindOf(schema: JsonMap): Kind {
  const type = schema.get("type");
  if (SHAPES.some((key) => schema.has(key))) return "custom";
  if (type === undefined) return "any";
  return (typeof type === "string" ? KINDS[type] : undefined) ?? "custom";
}

/** In a word or two: "text or null", "one of 3". */
export function typeText({ kind, nullable, choices }: VariableType): string {
  const word = kind === "choice" ? `one of ${choices.length}` : KIND_LABELS[kind];
  return nullable ? `${word} or null` : word;
}

// What only some types have; with another type it would mean nothing, or be refused.
const OWN: Readonly<Record<string, readonly Kind[]>> = {
  minLength: ["text"],
  maxLength: ["text"],
  pattern: ["text"],
  format: ["text"],
  minimum: ["number", "integer"],
  maximum: ["number", "integer"],
  exclusiveMinimum: ["number", "integer"],
  exclusiveMaximum: ["number", "integer"],
  multipleOf: ["number", "integer"],
  items: ["list"],
  additionalProperties: ["map"],
  properties: ["map"],
  enum: ["choice"],
};

/** The schema with another type. What speaks of types goes; titles, defaults, rules and unknown keywords stay. */
export function withType(schema: Json, kind: Kind, nullable: boolean, choices: readonly Json[] = []): Json {
  const before = isMap(schema) ? schema : new Map<string, Json>();
  const { inner } = unwrapped(before);
  const isSame = typeOf(before).kind === kind;
  const belongs = (key: string): boolean => OWN[key]?.includes(kind) ?? false;
  const from = inner === before ? before : inner;
  // What the form itself says stays with it: `format` of a path that may be null.
  const details = [...from].filter(([key]) => key in OWN && key !== "enum" && belongs(key));
  const isWrapped = from !== before && isList(before.get("anyOf"));
  const said = isWrapped
    ? [...inner].filter(([key]) => !(key in OWN) && key !== "type" && !SHAPES.includes(key))
    : [];
  const form: [string, Json][] = [];
  if (kind === "choice") {
    if (choices.every((choice) => typeof choice === "string")) form.push(["type", "string"]);
    form.push(["enum", [...choices]]);
  } else {
    const type = TYPES[kind];
    if (type) form.push(["type", type]);
    if (isSame || kind === "number" || kind === "integer") form.push(...details);
    if (kind === "map" && !form.some(([key]) => key === "additionalProperties")) {
      form.push(["additionalProperties", true]);
    }
  }
  form.push(...said.filter(([key]) => nullable || !before.has(key)));
  const rest = [...before].filter(([key]) => !(key in OWN) && key !== "type" && !SHAPES.includes(key));
  const typed: [string, Json][] =
    nullable && kind !== "any" ? [["anyOf", [new Map(form), new Map([["type", "null"]])]]] : form;
  return new Map<string, Json>([...before].length ? inPlace(before, rest, typed) : typed);
}

/** What tells the type stands where it stood, or behind title and description. */
function inPlace(before: JsonMap, rest: [string, Json][], typed: [string, Json][]): [string, Json][] {
  const keys = [...before.keys()];
  const place = keys.findIndex((key) => key === "type" || SHAPES.includes(key) || key === "enum");
  const index =
    place < 0
      ? rest.filter(([key]) => key === "title" || key === "description").length
      : keys.slice(0, place).filter((key) => rest.some(([each]) => each === key)).length;
  return [...rest.slice(0, index), ...typed, ...rest.slice(index)];
}

/** Text that is a secret: takes references and no literals. */
export function isSecret(schema: Json): boolean {
  return (
    isMap(schema) &&
    (schema.get("format") === "password" || unwrapped(schema).inner.get("format") === "password")
  );
}

/** The schema as one of a secret, or of plain text again. */
export function withSecret(schema: Json, secret: boolean): Json {
  if (!isMap(schema)) return schema;
  const { inner, nullable } = unwrapped(schema);
  const mark = (map: JsonMap): JsonMap => {
    const next = new Map(map);
    if (secret) next.set("format", "password");
    else next.delete("format");
    return next;
  };
  if (!nullable || !isList(schema.get("anyOf"))) return mark(schema);
  const forms = (schema.get("anyOf") as readonly Json[]).map((form) => (form === inner ? mark(inner) : form));
  return new Map<string, Json>([...schema, ["anyOf", forms]]);
}
