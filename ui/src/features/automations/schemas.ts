// The schemas of triggers and actions, from the contract, as the forms take them.
import { EMPTY_MAP, fromPlain, isMap, type Json, type JsonMap } from "@/lib/exact-json";
import schema from "./schema.json";

const WHOLE = fromPlain(schema) as JsonMap;
const DEFINITIONS = (WHOLE.get("definitions") ?? EMPTY_MAP) as JsonMap;

/** The name of a schema, by what its `type` says. */
const NAMES = new Map<string, string>(
  [...DEFINITIONS].flatMap(([name, definition]): [string, string][] => {
    const type = fieldOf(fieldOf(definition, "properties"), "type");
    const [only] = (fieldOf(type, "enum") as readonly Json[] | undefined) ?? [];
    return typeof only === "string" ? [[only, name]] : [];
  }),
);

function fieldOf(value: Json | undefined, key: string): Json | undefined {
  return isMap(value) ? value.get(key) : undefined;
}

export function propertiesOf(type: Json | undefined): JsonMap {
  const definition = DEFINITIONS.get(NAMES.get(String(type)) ?? "");
  const properties = fieldOf(definition, "properties");
  return isMap(properties) ? properties : EMPTY_MAP;
}

/** The fields that a trigger or an action can't do without. */
export function requiredOf(type: Json | undefined): readonly string[] {
  const required = fieldOf(DEFINITIONS.get(NAMES.get(String(type)) ?? ""), "required");
  return Array.isArray(required) ? required.filter((name) => name !== "type").map(String) : [];
}

/** What the code says about a trigger or an action. */
export function descriptionOf(type: Json | undefined): string {
  return String(fieldOf(DEFINITIONS.get(NAMES.get(String(type)) ?? ""), "description") ?? "");
}

const forms = new Map<string, JsonMap>();

/** The schema for the form of one kind, without the fields that have a place of their own. */
export function formSchema(type: string, hidden: readonly string[]): JsonMap {
  const key = `${type} ${hidden.join(" ")}`;
  const known = forms.get(key);
  if (known) return known;
  const definition = DEFINITIONS.get(NAMES.get(type) ?? "");
  const properties = [...propertiesOf(type)].filter(([name]) => !hidden.includes(name));
  const required = fieldOf(definition, "required");
  const made: JsonMap = new Map<string, Json>([
    ["type", "object"],
    ["properties", new Map(properties.map(([name, part]) => [name, polished(name, part)]))],
    ["required", Array.isArray(required) ? required.filter((name) => !hidden.includes(String(name))) : []],
    ["additionalProperties", false],
    ["definitions", DEFINITIONS],
  ]);
  forms.set(key, made);
  return made;
}

/** Texts with several lines get a field that has room for them. */
function polished(name: string, part: Json): Json {
  if (!isMap(part) || part.get("type") !== "string" || !["body", "payload", "message"].includes(name))
    return part;
  return new Map([...part, ["format", "textarea"]]);
}

export const ACTION_TYPES: readonly string[] = [...NAMES.keys()].filter(
  (type) => !["event", "metric", "compound", "sequence"].includes(type),
);

const TEMPLATE: JsonMap = new Map<string, Json>([
  ["type", "string"],
  ["format", "template"],
  ["pattern", "\\{[{%]"],
]);

/** A flow's schema of parameters in which every value may be a template as well. */
export function templated(given: Json): Json {
  if (!isMap(given)) return given;
  return new Map(
    [...given].map(([key, part]): [string, Json] => {
      const isNamed = ["properties", "definitions", "$defs"].includes(key);
      if (key === "properties" && isMap(part)) {
        return [key, new Map([...part].map(([name, each]) => [name, orTemplate(templated(each))]))];
      }
      if (isNamed && isMap(part))
        return [key, new Map([...part].map(([name, each]) => [name, templated(each)]))];
      return [key, part];
    }),
  );
}

/** What is told about a field stays outside, so that its label is the same in every form. */
const OUTSIDE = ["title", "description", "default", "position"];

function orTemplate(part: Json): Json {
  if (!isMap(part) || takesAnyText(part)) return part;
  const outside = [...part].filter(([key]) => OUTSIDE.includes(key));
  const union = part.get("anyOf");
  const inside = new Map([...part].filter(([key]) => !["default", "position"].includes(key)));
  const isOpen = Array.isArray(union) && !part.has("discriminator");
  const branches = isOpen ? (union as readonly Json[]) : [inside];
  if (branches.some((branch) => isMap(branch) && takesAnyText(branch))) return part;
  return new Map<string, Json>([...outside, ["anyOf", [...branches, TEMPLATE]]]);
}

/** Whether a template is a value like any other there. */
function takesAnyText(part: JsonMap): boolean {
  if (part.get("type") === "string") return !part.has("format") && !part.has("enum") && !part.has("pattern");
  return !["type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"].some((key) => part.has(key));
}
