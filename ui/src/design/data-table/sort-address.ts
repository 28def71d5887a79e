// The order of a table in the address: `sort=name`, `sort=-created`.
import type { Sort } from "./types";

/** The order that an address asks for: one of those that there are, else the usual one. */
export function sortIn(sorts: Readonly<Record<string, unknown>>, text: string, usual: string): Sort {
  const key = Object.hasOwn(sorts, text) ? text : usual;
  return { column: key.replace(/^-/, ""), direction: key.startsWith("-") ? "desc" : "asc" };
}

/** Nothing for the order that goes without saying. Of others than the usual column there is only the newest first. */
export function printSort(
  sorts: Readonly<Record<string, unknown>>,
  { column, direction }: Sort,
  usual: string,
): string | undefined {
  const key = column === usual && direction === "asc" ? usual : `-${column}`;
  return key === usual || !Object.hasOwn(sorts, key) ? undefined : key;
}
