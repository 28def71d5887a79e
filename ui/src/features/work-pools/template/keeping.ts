// Drafts of templates in the browser. What looks like a secret that was typed is not kept.
import { isList, isMap, type Json, printJson, readMap, sameJson } from "@/lib/exact-json";
import { isReference, soundsSecret } from "@/lib/secret-words";
import { readStored, writeStored } from "@/lib/storage";
import { isDirty, type TemplateDraft, type TextPlace } from "./draft";

const VERSION = 1;
const keyOf = (pool: string): string => `template-draft.${pool}`;

interface Stored {
  version: number;
  at: number;
  base: string;
  document: string;
  texts: [TextPlace, string][];
}

/** Keeps the draft for the next visit. False where it may not be kept. */
export function keepDraft(pool: string, draft: TemplateDraft, now: number): boolean {
  const isKeepable = isDirty(draft) && !holdsSecret(draft);
  const stored: Stored | undefined = isKeepable
    ? {
        version: VERSION,
        at: now,
        base: printJson(draft.base),
        document: printJson(draft.document),
        texts: [...draft.texts],
      }
    : undefined;
  writeStored(keyOf(pool), stored);
  return isKeepable || !isDirty(draft);
}

export function keptDraft(pool: string): { draft: TemplateDraft; at: number } | undefined {
  const stored = readStored(keyOf(pool)) as Partial<Stored> | undefined;
  if (stored?.version !== VERSION) return undefined;
  const base = readMap(stored.base);
  const document = readMap(stored.document);
  if (!base || !document) return undefined;
  return { draft: { base, document, texts: new Map(stored.texts ?? []) }, at: stored.at ?? 0 };
}

export const dropDraft = (pool: string): void => writeStored(keyOf(pool), undefined);

/** Whether somebody typed what looks like a secret: its place sounds like one, and its text is no reference. */
export function holdsSecret({ base, document, texts }: TemplateDraft): boolean {
  return (
    hides(document, base, "") || [...texts.values()].some((text) => soundsSecret(text) && text.length > 0)
  );
}

function hides(value: Json, before: Json | undefined, key: string): boolean {
  if (sameJson(value, before)) return false;
  if (typeof value === "string") return value !== "" && soundsSecret(key) && !isReference(value);
  if (isList(value))
    return value.some((item, index) => hides(item, isList(before) ? before[index] : undefined, key));
  if (!isMap(value)) return false;
  const isDeclaration = soundsSecret(key) && value.has("default");
  return [...value].some(([name, item]) => {
    const was = isMap(before) ? before.get(name) : undefined;
    return hides(item, was, isDeclaration && name === "default" ? key : name);
  });
}
