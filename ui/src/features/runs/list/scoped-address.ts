import { type Search, textOf } from "@/lib/search";
import { windowWords } from "./query/print";

/** A list of one thing's runs looks further back than that of all runs. */
export const USUAL = "since:30d";
/** What the text of the filter does not say, as it goes without saying there. */
const UNSAID = "since:7d";

export const scopedTextOf = (search: Search): string => textOf(search, "q") || USUAL;

export function writeScopedText(text: string): string {
  const whole = /(^|\s)(since|until|next):/.test(text) ? text : `${UNSAID} ${text}`.trim();
  return whole === USUAL ? "" : whole;
}

/** The text that finds the runs of a window of time. */
export const windowText = (from: number, to: number): string =>
  windowWords({ kind: "between", from, to }).join(" ");
