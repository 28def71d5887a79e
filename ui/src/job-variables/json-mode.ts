// The layer as JSON text. What is typed stays typed: text that is no JSON yet is kept, and what is written in
// another order or with other blanks is not printed anew.

import {
  type Json as ExactJson,
  ExactNumber,
  isList,
  isMap,
  JsonSyntaxError,
  parseJson,
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
  const changed = respelt(exact);
  if (changed) {
    const from = Math.max(0, text.indexOf(changed.text));
    const message = `${changed.text} would become ${Number(changed.text)}. In quotes it stays as it is.`;
    return { problems: [{ from, to: from + changed.text.length, message }] };
  }
  return { variables: JSON.parse(text) as JsonObject };
}

/** The first number that would be sent with another spelling. */
function respelt(value: ExactJson): ExactNumber | undefined {
  if (value instanceof ExactNumber) return value;
  const items = isMap(value) ? [...value.values()] : isList(value) ? value : [];
  for (const item of items) {
    const found = respelt(item);
    if (found) return found;
  }
  return undefined;
}

export function printLayer(variables: JsonObject): string {
  return JSON.stringify(variables, null, 2);
}

/** The text to go on with: the one that was typed while it still says the same, else the layer printed. */
export function textFor(variables: JsonObject, typed: string | undefined): string {
  if (typed === undefined) return printLayer(variables);
  const read = readLayer(typed);
  return "variables" in read && !same(read.variables, variables) ? printLayer(variables) : typed;
}
