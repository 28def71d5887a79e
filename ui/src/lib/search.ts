// How the search part of addresses is read and written: plain words, a list is a repeated key (?state=FAILED&state=CRASHED).
// A page gets text, whatever somebody typed, and takes from it what it can use.

export type SearchValue = string | number | boolean | readonly string[] | null | undefined;
export type Search = { [key: string]: SearchValue };

export function parseSearch(text: string): Search {
  // Not into an object at once: "?constructor=1" would find what every object has.
  const found = new Map<string, string | string[]>();
  for (const [key, value] of new URLSearchParams(text)) {
    const before = found.get(key);
    found.set(key, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(found);
}

/** Leaves out what is empty, so that addresses hold only what differs from the default. */
export function stringifySearch(search: Search): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    for (const item of Array.isArray(value) ? value : [value]) params.append(key, String(item));
  }
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

const ownValue = (search: Search, key: string): SearchValue =>
  Object.hasOwn(search, key) ? search[key] : undefined;

/** One text; `otherwise` where there is none. */
export function textOf(search: Search, key: string, otherwise = ""): string {
  const value = ownValue(search, key);
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === null ? otherwise : String(first);
}

export function listOf(search: Search, key: string): string[] {
  const value = ownValue(search, key);
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? [...value] : [String(value)];
}

export function flagOf(search: Search, key: string): boolean {
  return ["true", "1"].includes(textOf(search, key));
}

export function numberOf(search: Search, key: string): number | undefined {
  const text = textOf(search, key);
  const value = Number(text);
  return text !== "" && Number.isFinite(value) ? value : undefined;
}

/** One of the values that are possible; the first of them where it says something else. */
export function oneOf<const T extends string>(search: Search, key: string, values: readonly [T, ...T[]]): T {
  const text = textOf(search, key);
  return values.find((value) => value === text) ?? values[0];
}
