// The layer as JSON text. What is typed stays typed: text that is no JSON yet is kept, and what is written in
// another order or with other blanks is not printed anew.

import {
  type Json as ExactJson,
  isMap,
  JsonSyntaxError,
  parseJson,
  plainOf,
  printPlain,
} from "@/lib/exact-json";
import { type JsonObject, same } from "./json";

export type JsonReading =
  | { variables: JsonObject }
  | { problems: { from: number; to?: number; message: string }[] };

export function readLayer(text: string): JsonReading {
  if (!text.trim()) return { variables: {} };
  let exact: ExactJson;
  try {
    exact = parseJson(text);
  } catch (error) {
    const from = error instanceof JsonSyntaxError ? error.at : 0;
    return {
      problems: [{ from, to: from + 1, message: error instanceof Error ? error.message : String(error) }],
    };
  }
  if (!isMap(exact))
    return { problems: [{ from: 0, to: text.length, message: "Job variables are a JSON object: {…}." }] };
  return { variables: plainOf(exact) as JsonObject };
}

export function printLayer(variables: JsonObject): string {
  return printPlain(variables, 2);
}

/** The text to go on with: the one that was typed while it still says the same, else the layer printed. */
export function textFor(variables: JsonObject, typed: string | undefined): string {
  if (typed === undefined) return printLayer(variables);
  const read = readLayer(typed);
  return "variables" in read && !same(read.variables, variables) ? printLayer(variables) : typed;
}
