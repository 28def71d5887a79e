// A base job template as exact JSON, and edits of single places of it. What is not named stays as it is spelled, in
// its order, keywords that nobody here knows among it.
import { EMPTY_MAP, isList, isMap, type Json, type JsonMap } from "@/lib/exact-json";

export type Path = readonly (string | number)[];

export const VARIABLES = "variables";
export const PROPERTIES = "properties";
export const JOB = "job_configuration";
/** Merged by keys in every pool, used without a placeholder. */
export const ENV = "env";

export function at(value: Json | undefined, path: Path): Json | undefined {
  let found = value;
  for (const step of path) {
    if (isMap(found) && typeof step === "string") found = found.get(step);
    else if (isList(found) && typeof step === "number") found = found[step];
    else return undefined;
  }
  return found;
}

export const mapAt = (value: Json | undefined, path: Path): JsonMap => {
  const found = at(value, path);
  return isMap(found) ? found : EMPTY_MAP;
};

/** The map with another value under the key, at the key's place; without one where the value is undefined. */
export function put(map: JsonMap, key: string, value: Json | undefined): JsonMap {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}

/** Another value at a path; maps on the way are made where they are missing. */
export function putAt(map: JsonMap, path: readonly string[], value: Json | undefined): JsonMap {
  const [step, ...rest] = path;
  if (step === undefined) return isMap(value) ? value : map;
  if (!rest.length) return put(map, step, value);
  const below = map.get(step);
  if (value === undefined && !isMap(below)) return map;
  return put(map, step, putAt(isMap(below) ? below : EMPTY_MAP, rest, value));
}

/** The map with a key called otherwise, at its place. */
export function renamedKey(map: JsonMap, from: string, to: string): JsonMap {
  return new Map([...map].map(([key, value]) => [key === from ? to : key, value]));
}

export const propertiesOf = (template: JsonMap): JsonMap => mapAt(template, [VARIABLES, PROPERTIES]);
export const jobOf = (template: JsonMap): JsonMap => mapAt(template, [JOB]);

/** Whether there is anything to show as a table. A template of `{}` is brought by the first worker. */
export const isEmptyTemplate = (template: JsonMap): boolean => !template.has(VARIABLES) && !template.has(JOB);

/** Whether the parts are what they have to be, so that a table shows all of it. */
export function isTabular(template: JsonMap): boolean {
  const parts: [Json | undefined, boolean][] = [
    [template.get(VARIABLES), isMap(template.get(VARIABLES))],
    [at(template, [VARIABLES, PROPERTIES]), isMap(at(template, [VARIABLES, PROPERTIES]))],
    [template.get(JOB), isMap(template.get(JOB))],
  ];
  return parts.every(([part, isRight]) => part === undefined || isRight);
}
