// What is being typed into a cell: text of one kind, which may not be a value yet.

import { printPlain } from "@/lib/exact-json";
import { meansTrue, readContainer } from "@/lib/literals";
import type { Declaration, Json } from "../json";
import { referenceOf, secretReference, soundsSecret } from "../references";
import {
  type EditorKind,
  kindOfValue,
  type ReadResult,
  readTyped,
  textOfTyped,
  type ValueKinds,
} from "../value-kinds";

export type Mode = EditorKind | "secret";
export interface Typed {
  mode: Mode;
  text: string;
  /** Of the mode "choice". */
  choice?: Json | undefined;
}

export const MODE_LABELS: Record<Mode, string> = {
  text: "Text",
  number: "Number",
  boolean: "True / false",
  choice: "One of",
  json: "JSON",
  secret: "Secret",
};

/** The kinds to choose from. Keys and texts may be references to secrets; what takes no literal is nothing else. */
export function modesOf(
  kinds: ValueKinds,
  declaration: Declaration | undefined,
  value: Json | undefined,
): Mode[] {
  if (declaration?.secret) return ["secret"];
  const modes: Mode[] = [...kinds.kinds];
  if (modes.includes("text")) modes.push("secret");
  const shown = kindOfValue(value, kinds);
  if (value !== undefined && value !== null && !modes.includes(shown)) modes.push(shown);
  return modes;
}

export function typedOf(value: Json | undefined, modes: readonly Mode[], kinds: ValueKinds): Typed {
  const reference = referenceOf(value);
  if (reference?.kind === "secret" && modes.includes("secret"))
    return { mode: "secret", text: reference.name };
  const kind = kindOfValue(value, kinds);
  const mode = modes.includes(kind) ? kind : (modes[0] ?? "text");
  if (mode === "choice") return { mode, text: "", choice: value };
  if (mode === "json") return { mode, text: value === undefined ? "" : printPlain(value, 2) };
  if (mode === "boolean") return { mode, text: value === undefined ? "true" : String(value) };
  return { mode, text: value === null ? "" : textOfTyped(value) };
}

/** The same value in another kind, as far as it can be one. */
export function switched(typed: Typed, mode: Mode, kinds: ValueKinds): Typed {
  if (mode === typed.mode) return typed;
  if (mode === "choice") return { mode, text: "", choice: kinds.choices[0] };
  if (mode === "boolean") return { mode, text: String(meansTrue(typed.text)) };
  if (mode === "json") {
    if (typed.mode === "text" && readContainer(typed.text) !== undefined) return { mode, text: typed.text };
    const read = typed.mode === "text" ? { value: typed.text } : readValue(typed, kinds);
    return { mode, text: "value" in read ? printPlain(read.value, 2) : typed.text };
  }
  if (typed.mode === "json") {
    const read = readTyped("json", typed.text, kinds);
    if ("value" in read && typeof read.value !== "object") return { mode, text: textOfTyped(read.value) };
  }
  if (typed.mode === "secret") return { mode, text: "" };
  return {
    mode,
    text: typed.mode === "choice" ? textOfTyped(typed.choice) : mode === "secret" ? "" : typed.text,
  };
}

export function readValue(typed: Typed, kinds: ValueKinds): ReadResult {
  if (typed.mode === "choice")
    return typed.choice === undefined ? { fault: "Choose one." } : { value: typed.choice };
  if (typed.mode !== "secret") return readTyped(typed.mode, typed.text, kinds);
  const name = typed.text.trim();
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(name))
    return { fault: "The name of a secret: letters, digits, _ and -." };
  return { value: secretReference(name) };
}

/** Whether a typed literal had better be a reference: its name sounds like a credential's. */
export function suggestsSecret(name: string, typed: Typed): boolean {
  return (
    soundsSecret(name) &&
    ["text", "json"].includes(typed.mode) &&
    typed.text !== "" &&
    !typed.text.includes("{{")
  );
}
