// Placeholders of `job_configuration`: which variable goes where. The server's grammar, for what the page tells while
// somebody types; what the server says to it counts.
import { isList, isMap, type Json, type JsonMap } from "@/lib/exact-json";
import { ENV, JOB, jobOf, type Path, propertiesOf, put } from "./parts";

const PLACEHOLDER =
  /\{\{\s*([\p{L}\p{N}_.\-[\]$]+)\s*(?:\|\s*(?:default|required)\s*\(\s*(?:'[^']*'|"[^"]*")\s*\)\s*)?\}\}/gu;
const REFERENCE = /^(?:penstock|prefect)\.(?:variables\.[\w-]+|secrets\.[\w-]+|blocks\.[\w-]+\.[\w-]+)/;

export interface Use {
  readonly name: string;
  /** Within `job_configuration`. */
  readonly path: Path;
  /** It is the whole value, and so keeps its type. */
  readonly isWhole: boolean;
}

const isVariable = (name: string): boolean =>
  !(name.startsWith("$") && name.length > 1) && !name.startsWith("ctx.") && !REFERENCE.test(name);

/** Every placeholder for a variable. */
export function usesIn(value: Json, path: Path = []): Use[] {
  if (typeof value === "string") {
    return [...value.matchAll(PLACEHOLDER)]
      .filter(([, name = ""]) => isVariable(name))
      .map(([text, name = ""]) => ({ name, path, isWhole: text === value }));
  }
  if (isList(value)) return value.flatMap((item, index) => usesIn(item, [...path, index]));
  if (isMap(value)) return [...value].flatMap(([key, item]) => usesIn(item, [...path, key]));
  return [];
}

export interface Coverage {
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** Declared, and used by no placeholder: setting it changes nothing. */
  readonly unused: readonly string[];
  /** Used, and not declared: the server refuses that. */
  readonly missing: readonly string[];
}

/** Which variables are used where, which are not, and which are not declared. */
export function coverageOf(template: JsonMap): Coverage {
  const declared = propertiesOf(template);
  const uses = new Map<string, Use[]>();
  for (const use of usesIn(jobOf(template))) uses.set(use.name, [...(uses.get(use.name) ?? []), use]);
  return {
    uses,
    unused: [...declared.keys()].filter((name) => name !== ENV && !uses.has(name)),
    missing: [...uses.keys()].filter((name) => !declared.has(name)),
  };
}

/** The same with every placeholder for one variable naming another; filters and blanks stay. */
export function withPlaceholder(value: Json, from: string, to: string): Json {
  return mapTexts(value, (text) =>
    text.replace(PLACEHOLDER, (whole, name: string) =>
      name === from ? whole.replace(from, () => to) : whole,
    ),
  );
}

function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (isList(value)) return value.map((item) => mapTexts(item, change));
  if (isMap(value)) return new Map([...value].map(([key, item]) => [key, mapTexts(item, change)]));
  return value;
}

/** The same without a variable's placeholders: a value that is one goes with its key, from longer text it is cut. */
export function withoutPlaceholder(value: Json, name: string): Json | undefined {
  if (typeof value === "string") {
    const uses = usesIn(value).filter((use) => use.name === name);
    if (!uses.length) return value;
    if (uses.some(({ isWhole }) => isWhole)) return undefined;
    return value.replace(PLACEHOLDER, (whole, found: string) => (found === name ? "" : whole));
  }
  if (isList(value)) {
    return value.map((item) => withoutPlaceholder(item, name)).filter((item) => item !== undefined);
  }
  if (isMap(value)) {
    const kept = [...value].map(([key, item]) => [key, withoutPlaceholder(item, name)] as const);
    return new Map(kept.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined));
  }
  return value;
}

/** The template without a variable's placeholders. */
export function cutPlaceholders(template: JsonMap, name: string): JsonMap {
  const job = template.get(JOB);
  return job === undefined ? template : put(template, JOB, withoutPlaceholder(job, name) ?? new Map());
}
