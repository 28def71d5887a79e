// Drafts in this browser, without secrets that were written out.
import { isList, isMap, type Json, type JsonMap, printJson, readMap } from "@/lib/exact-json";
import { isReference, soundsSecret } from "@/lib/secret-words";
import { readStored, writeStored } from "@/lib/storage";
import type { Draft } from "./draft";

const VERSION = 1;
const keyOf = (name: string): string => `automation-draft.${name}`;

interface Stored {
  version: number;
  at: number;
  value: string;
  text: string | undefined;
  texts: [string, [string, string][]][];
  /** When what is edited was changed last, as it was read. */
  seen?: string | undefined;
}

export function storeDraft(name: string, draft: Draft, now: number, seen?: string): void {
  const isHidden = draft.text !== undefined && soundsSecret(draft.text);
  const stored: Stored = {
    version: VERSION,
    at: now,
    value: printJson(open("", draft.value) ?? draft.value),
    text: isHidden ? undefined : draft.text,
    // Half-typed JSON can't be searched: where a secret could be in it, it isn't kept.
    texts: [...draft.texts].map(([part, texts]) => [
      part,
      [...texts].filter(([, text]) => !soundsSecret(text)),
    ]),
    seen,
  };
  writeStored(keyOf(name), stored);
}

export const discardStored = (name: string): void => writeStored(keyOf(name), undefined);

export function storedDraft(
  name: string,
): { draft: Draft; at: number; seen?: string | undefined } | undefined {
  const stored = readStored(keyOf(name)) as Partial<Stored> | undefined;
  if (stored?.version !== VERSION) return undefined;
  const value = readMap(stored.value ?? "");
  if (!value) return undefined;
  const texts = new Map((stored.texts ?? []).map(([part, each]) => [part, new Map(each)]));
  return { draft: { value, text: stored.text, texts }, at: stored.at ?? 0, seen: stored.seen };
}

/** The value without texts below names that speak of a secret; templates are none. */
function open(key: string, value: Json): Json | undefined {
  if (typeof value === "string") return soundsSecret(key) && !isReference(value) ? undefined : value;
  if (isList(value)) return value.map((item) => open(key, item) ?? "");
  if (!isMap(value)) return value;
  const kept = [...value].flatMap(([name, item]): [string, Json][] => {
    const next = open(name, item);
    return next === undefined ? [] : [[name, next]];
  });
  return new Map(kept) as JsonMap;
}
