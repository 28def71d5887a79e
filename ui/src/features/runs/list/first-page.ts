import { type Search, textOf } from "@/lib/search";
import { readStored, writeStored } from "@/lib/storage";
import { filterTextOf, isBare } from "./address";
import { runListQuery } from "./queries";
import { parse } from "./query/parse";
import { print } from "./query/print";
import { readSort, sortOf } from "./rows";

const OPENS_WITH_VIEW = "runs.opens-with-view";

/** Whether the list opened with a saved view when it was last looked at. Who never had one need not wait for it. */
export const opensWithView = (): boolean => readStored(OPENS_WITH_VIEW) === true;
export const rememberOpensWithView = (does: boolean): void => writeStored(OPENS_WITH_VIEW, does || undefined);

/** The first runs that an address shows; nothing while that is not known, or not understood. */
export function firstRunsQuery(search: Search, zone: string) {
  if (isBare(search) && opensWithView()) return undefined;
  const { filter, problems } = parse(filterTextOf(search), zone);
  if (problems.length > 0) return undefined;
  return runListQuery(print(filter), filter, sortOf(readSort(textOf(search, "sort"))));
}
