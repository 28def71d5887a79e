import { createContext, useContext } from "react";
import type { JsonMap } from "@/lib/exact-json";
import type { Problem } from "@/schema-form/problems";
import type { Draft } from "../draft";
import type { Told } from "./use-check";

/** What all parts of the builder share. */
export interface BuilderTools {
  readonly draft: Draft;
  readonly update: (change: (draft: Draft) => Draft) => void;
  /** Paths begin with a field of the automation. */
  readonly problems: readonly Problem[];
  /** Fields that nobody has touched complain too: somebody tried to save. */
  readonly thorough: boolean;
  /** The event that templates are tried on. */
  readonly eventId: string | undefined;
  /** What the server said last, and of which draft. */
  readonly told: Told | undefined;
  /** The draft, where the server takes it as it is. */
  readonly accepted: JsonMap | undefined;
}

export const BuilderContext = createContext<BuilderTools | undefined>(undefined);

export function useBuilder(): BuilderTools {
  const tools = useContext(BuilderContext);
  if (!tools) throw new Error("A part of the builder is drawn outside of it.");
  return tools;
}
