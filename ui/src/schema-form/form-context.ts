import { createContext, useContext } from "react";
import type { Json } from "@/lib/exact-json";
import type { Path } from "./edit";
import { NO_TEXTS } from "./form-state";
import type { Shapes } from "./node";

/** What every field of a form shares. It stays the same while somebody types. */
export interface FormTools {
  readonly shapes: Shapes;
  /** Before the ids of this form's fields. */
  readonly prefix: string;
  /** Sets what is at a path; `undefined` resets it. */
  readonly edit: (path: Path, next: Json | undefined) => void;
  /** Takes what was typed into a JSON editor. */
  readonly type: (path: Path, text: string) => void;
  /** Whether problems of fields that nobody has touched are shown in them too. */
  readonly thorough: boolean;
  /** The path to open up and to focus, and how often that was asked for. */
  readonly wanted: { readonly path: Path; readonly count: number } | undefined;
  /** Makes a reference to a secret of a name, where what the form makes may hold references. */
  readonly reference: ((name: string) => string) | undefined;
}

export const FormContext = createContext<FormTools | undefined>(undefined);

export function useForm(): FormTools {
  const tools = useContext(FormContext);
  if (!tools) throw new Error("A field is drawn outside of a form.");
  return tools;
}

/** The texts of JSON editors; only those look at it. */
export const TextsContext = createContext(NO_TEXTS);
