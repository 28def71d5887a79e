import { printSort, sortIn } from "@/design/data-table/sort-address";
import type { Sort } from "@/design/data-table/types";
import { listOf, type Search, textOf } from "@/lib/search";
import type { FlowChoice, FlowSort } from "./queries";

const SORTS: Record<string, FlowSort> = {
  name: "NAME_ASC",
  "-name": "NAME_DESC",
  "-created": "CREATED_DESC",
};
const DEFAULT = "name";

/** What the address asks for. Whatever it says that is not understood is not asked for. */
export function choiceOf(search: Search): FlowChoice {
  return {
    text: textOf(search, "q").trim(),
    tags: listOf(search, "tag"),
    sort: SORTS[textOf(search, "sort")] ?? "NAME_ASC",
  };
}

export const isFiltered = ({ text, tags }: FlowChoice): boolean => text !== "" || tags.length > 0;

export const sortOf = (search: Search): Sort => sortIn(SORTS, textOf(search, "sort"), DEFAULT);
export const writeSort = (sort: Sort): string | undefined => printSort(SORTS, sort, DEFAULT);
