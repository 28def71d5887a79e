import { printSort, sortIn } from "@/design/data-table/sort-address";
import type { Sort } from "@/design/data-table/types";
import { listOf, type Search, textOf } from "@/lib/search";
import type { DeploymentChoice, DeploymentSort } from "../queries";

const SORTS: Record<string, DeploymentSort> = {
  name: "NAME_ASC",
  "-name": "NAME_DESC",
  "-updated": "UPDATED_DESC",
  "-created": "CREATED_DESC",
};
const DEFAULT = "name";

/** What the address asks for. Whatever it says that is not understood is not asked for. */
export function choiceOf(search: Search): DeploymentChoice {
  const status = textOf(search, "status");
  return {
    text: textOf(search, "q").trim(),
    tags: listOf(search, "tag"),
    pools: listOf(search, "pool"),
    paused: status === "paused" ? true : status === "active" ? false : undefined,
    sort: SORTS[textOf(search, "sort")] ?? "NAME_ASC",
  };
}

export const isFiltered = ({ text, tags, pools, paused }: DeploymentChoice): boolean =>
  text !== "" || tags.length > 0 || pools.length > 0 || paused !== undefined;

export const sortOf = (search: Search): Sort => sortIn(SORTS, textOf(search, "sort"), DEFAULT);
export const writeSort = (sort: Sort): string | undefined => printSort(SORTS, sort, DEFAULT);

export function writeChoice({ text, tags, pools, paused }: DeploymentChoice): Search {
  return {
    q: text,
    tag: tags,
    pool: pools,
    status: paused === undefined ? "" : paused ? "paused" : "active",
  };
}
