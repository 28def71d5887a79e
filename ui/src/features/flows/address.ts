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

export function sortOf(search: Search): Sort {
  const key = SORTS[textOf(search, "sort")] ? textOf(search, "sort") : DEFAULT;
  return { column: key.replace(/^-/, ""), direction: key.startsWith("-") ? "desc" : "asc" };
}

/** Nothing for the order that goes without saying. Times are only ordered with the newest first. */
export function writeSort({ column, direction }: Sort): string | undefined {
  const key = column === "name" && direction === "asc" ? DEFAULT : `-${column}`;
  return key === DEFAULT || !SORTS[key] ? undefined : key;
}
