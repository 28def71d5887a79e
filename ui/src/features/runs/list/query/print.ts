import { filterWord } from "@/lib/quoting";
import { DEFAULT_WINDOW, isValueTerm, type RunFilter, type Term, type TimeWindow } from "./filter";
import { writeMoment } from "./moments";
import { stateOf } from "./states";

/** The text of a filter; `parse` gives the same filter back. What goes without saying is not said. */
export function print(filter: RunFilter): string {
  return [...windowWords(filter.window), ...filter.terms.map(termText), ...plainWords(filter.words)].join(
    " ",
  );
}

export function windowWords(window: TimeWindow): string[] {
  switch (window.kind) {
    case "all":
      return ["since:all"];
    case "next":
      return [`next:${window.span}`];
    case "past":
      return DEFAULT_WINDOW.kind === "past" && window.span === DEFAULT_WINDOW.span
        ? []
        : [`since:${window.span}`];
    case "between":
      return [
        ...(window.from === undefined ? [] : [`since:${writeMoment(window.from)}`]),
        ...(window.to === undefined ? [] : [`until:${writeMoment(window.to)}`]),
      ];
  }
}

export function termText(term: Term): string {
  const sign = term.negated ? "-" : "";
  if (isValueTerm(term)) {
    const path = term.path.map((part) => filterWord(part, /[.=,]/)).join(".");
    const value = term.value === undefined ? "*" : filterWord(term.value, /^\*$/);
    return `${sign}${term.key}.${path}=${value}`;
  }
  const isOwnName = (value: string) => term.key === "state" && stateOf(value) === undefined;
  const values = term.values.map((value) =>
    isOwnName(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : filterWord(value),
  );
  return `${sign}${term.key}:${values.join(",")}`;
}

/** Words that would be read as filters stand in quotation marks. */
function plainWords(words: string): string[] {
  return words
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => filterWord(word, /^-|:|^(param|jv)[.=]/i));
}
