// The rows of the variables table, and edits of them. Pure: a template in, a template out.
import { EMPTY_MAP, isList, isMap, type Json, type JsonMap } from "@/lib/exact-json";
import { isSecret, type Kind, typeOf, type VariableType, withSecret, withType } from "./kinds";
import { at, ENV, JOB, mapAt, PROPERTIES, propertiesOf, put, putAt, renamedKey, VARIABLES } from "./parts";
import { coverageOf, cutPlaceholders, type Use, withPlaceholder } from "./placeholders";

export const MERGE_RULES = ["replace", "keys", "append"] as const;
export type MergeRule = (typeof MERGE_RULES)[number];
export const OVERRIDABLE = ["run", "deployment", "never"] as const;
export type Overridable = (typeof OVERRIDABLE)[number];
export const UNDECLARED = ["warn", "error", "to-env"] as const;
export type Undeclared = (typeof UNDECLARED)[number];

export interface Variable {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: Json;
  readonly type: VariableType;
  /** Undefined where the template gives none. Null counts as none, and is what templates write for it. */
  readonly preset: Json | undefined;
  readonly merge: MergeRule;
  readonly overridable: Overridable;
  readonly required: boolean;
  readonly secret: boolean;
  readonly uses: readonly Use[];
  /** Set, it goes somewhere. */
  readonly isUsed: boolean;
}

const oneOf = <T extends string>(values: readonly T[], value: Json | undefined, otherwise: T): T =>
  values.find((each) => each === value) ?? otherwise;

export function variablesOf(template: JsonMap): Variable[] {
  const { uses } = coverageOf(template);
  const required = requiredOf(template);
  return [...propertiesOf(template)].map(([name, schema]) => {
    const keyword = (key: string): Json | undefined => (isMap(schema) ? schema.get(key) : undefined);
    const text = (key: string): string => {
      const value = keyword(key);
      return typeof value === "string" ? value : "";
    };
    return {
      name,
      title: text("title"),
      description: text("description"),
      schema,
      type: typeOf(schema),
      preset: keyword("default"),
      merge: name === ENV ? "keys" : oneOf(MERGE_RULES, keyword("x-merge"), "replace"),
      overridable: oneOf(OVERRIDABLE, keyword("x-overridable"), "run"),
      required: required.includes(name),
      secret: isSecret(schema),
      uses: uses.get(name) ?? [],
      isUsed: name === ENV || uses.has(name),
    };
  });
}

const requiredOf = (template: JsonMap): readonly Json[] => {
  const required = at(template, [VARIABLES, "required"]);
  return isList(required) ? required : [];
};

export const undeclaredOf = (template: JsonMap): Undeclared =>
  oneOf(UNDECLARED, at(template, [VARIABLES, "x-undeclared"]), "warn");

export const setUndeclared = (template: JsonMap, value: Undeclared): JsonMap =>
  putAt(template, [VARIABLES, "x-undeclared"], value === "warn" ? undefined : value);

export function setSchema(template: JsonMap, name: string, schema: Json): JsonMap {
  return putAt(template, [VARIABLES, PROPERTIES, name], schema);
}

/** Another value under a keyword of a variable's schema; undefined takes it away. */
export function setKeyword(template: JsonMap, name: string, key: string, value: Json | undefined): JsonMap {
  const schema = propertiesOf(template).get(name);
  return setSchema(template, name, put(isMap(schema) ? schema : EMPTY_MAP, key, value));
}

/** Another default, or, with two steps, another value of one key of it; undefined takes it away. */
export function setDefault(
  template: JsonMap,
  [name = "", key]: readonly string[],
  value: Json | undefined,
): JsonMap {
  if (key === undefined) return setKeyword(template, name, "default", value);
  const before = mapAt(propertiesOf(template), [name, "default"]);
  const after = put(before, key, value);
  return setKeyword(template, name, "default", after.size ? after : undefined);
}

export const setMerge = (template: JsonMap, name: string, rule: MergeRule): JsonMap =>
  // Written out for maps even where it is what would be meant: a reader should not have to know.
  setKeyword(template, name, "x-merge", rule === "replace" ? undefined : rule);

export const setOverridable = (template: JsonMap, name: string, level: Overridable): JsonMap =>
  setKeyword(template, name, "x-overridable", level === "run" ? undefined : level);

export function setRequired(template: JsonMap, name: string, required: boolean): JsonMap {
  const before = requiredOf(template);
  if (before.includes(name) === required) return template;
  const after = required ? [...before, name] : before.filter((each) => each !== name);
  return putAt(template, [VARIABLES, "required"], after.length ? after : undefined);
}

export function setType(
  template: JsonMap,
  name: string,
  type: { kind: Kind; nullable: boolean; choices?: readonly Json[] },
): JsonMap {
  const schema = propertiesOf(template).get(name) ?? EMPTY_MAP;
  return setSchema(template, name, withType(schema, type.kind, type.nullable, type.choices));
}

export function setSecret(template: JsonMap, name: string, secret: boolean): JsonMap {
  return setSchema(template, name, withSecret(propertiesOf(template).get(name) ?? EMPTY_MAP, secret));
}

/** What is wrong with a name for a new variable, or for one that is called otherwise. */
export function nameFault(template: JsonMap, name: string, before?: string): string | undefined {
  if (!name) return "A variable needs a name.";
  if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name))
    return "Letters, digits, _ and -, and a letter first: placeholders name it.";
  if (name !== before && propertiesOf(template).has(name)) return "There is a variable of that name.";
  return undefined;
}

/** A variable that wasn't there: with a placeholder of its own, unless one uses it already. */
export function addVariable(template: JsonMap, name: string, schema: Json = textSchema(name)): JsonMap {
  const isUsed = coverageOf(template).uses.has(name);
  const based =
    template.get(VARIABLES) === undefined ? putAt(template, [VARIABLES, "type"], "object") : template;
  const declared = setSchema(based, name, schema);
  return isUsed ? declared : addPlaceholder(declared, name);
}

export const textSchema = (name: string): JsonMap =>
  new Map<string, Json>([
    ["title", titled(name)],
    ["type", "string"],
  ]);

function titled(name: string): string {
  const words = name.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `job_configuration` says where the variable goes, under its own name. */
export function addPlaceholder(template: JsonMap, name: string): JsonMap {
  if (mapAt(template, [JOB]).has(name)) return template;
  return putAt(template, [JOB, name], `{{ ${name} }}`);
}

/** Another name, at the same place, in placeholders and in what is required too. */
export function renameVariable(template: JsonMap, from: string, to: string): JsonMap {
  const properties = renamedKey(propertiesOf(template), from, to);
  const declared = putAt(template, [VARIABLES, PROPERTIES], properties);
  const required = requiredOf(template);
  const listed = required.includes(from)
    ? putAt(
        declared,
        [VARIABLES, "required"],
        required.map((each) => (each === from ? to : each)),
      )
    : declared;
  const job = listed.get(JOB);
  return job === undefined ? listed : put(listed, JOB, withPlaceholder(job, from, to));
}

/** Without the variable and its placeholders, which the server would refuse. */
export function removeVariable(template: JsonMap, name: string): JsonMap {
  const without = putAt(setRequired(template, name, false), [VARIABLES, PROPERTIES, name], undefined);
  return name === ENV ? without : cutPlaceholders(without, name);
}

/** The variable a step up (-1) or down (1). */
export function moveVariable(template: JsonMap, name: string, by: -1 | 1): JsonMap {
  const entries = [...propertiesOf(template)];
  const from = entries.findIndex(([key]) => key === name);
  const to = from + by;
  const moving = entries[from];
  if (!moving || to < 0 || to >= entries.length) return template;
  entries.splice(from, 1);
  entries.splice(to, 0, moving);
  return putAt(template, [VARIABLES, PROPERTIES], new Map(entries));
}
