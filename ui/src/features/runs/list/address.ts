import { filterWord } from "@/lib/quoting";
import { listOf, type Search, textOf } from "@/lib/search";
import { CHOICE_KEYS } from "./query/filter";

const TIME_KEYS = ["since", "until", "next"];

/** The text of the filter that an address has. Links may say `?state=failed&flow=etl`, too; each is a word of it. */
export function filterTextOf(search: Search): string {
  const words = [...CHOICE_KEYS, ...TIME_KEYS].flatMap((key) => {
    const values = listOf(search, key);
    return values.length > 0 ? [`${key}:${values.map((value) => filterWord(value)).join(",")}`] : [];
  });
  return [textOf(search, "q"), ...words].filter(Boolean).join(" ");
}

/** Whether an address asks for nothing: the page opens with the view that is its default. */
export function isBare(search: Search): boolean {
  return filterTextOf(search) === "" && textOf(search, "sort") === "" && textOf(search, "view") === "";
}
