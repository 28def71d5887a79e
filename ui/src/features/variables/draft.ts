import type { Variable, VariableDraft } from "./queries";

/** Text is typed as it is; everything else as JSON. */
export type ValueKind = "text" | "json";

export interface Draft {
  name: string;
  kind: ValueKind;
  text: string;
  tags: string[];
}

export const EMPTY: Draft = { name: "", kind: "text", text: "", tags: [] };

export function draftOf({ name, value, tags }: Variable): Draft {
  const isText = typeof value === "string";
  return {
    name,
    kind: isText ? "text" : "json",
    text: isText ? value : JSON.stringify(value, null, 2),
    tags,
  };
}

/** The same value in the other spelling, so that nothing typed is lost by a look at it. */
export function withKind(draft: Draft, kind: ValueKind): Draft {
  if (kind === draft.kind) return draft;
  if (kind === "json")
    return { ...draft, kind, text: isJson(draft.text) ? draft.text : JSON.stringify(draft.text) };
  const value = isJson(draft.text) ? (JSON.parse(draft.text) as unknown) : undefined;
  return { ...draft, kind, text: typeof value === "string" ? value : draft.text };
}

/** What is wrong, by field; nothing where the draft can be saved. */
export function mistakesIn({ name, kind, text }: Draft): { name?: string; value?: string } {
  return {
    ...(/^[A-Za-z0-9_-]{1,255}$/.test(name)
      ? {}
      : { name: "A name has letters, digits, - and _, and at most 255 of them." }),
    ...(kind === "text" || isJson(text)
      ? {}
      : { value: "This is not JSON. Text needs no quotes as the type Text." }),
  };
}

export function toSave({ name, kind, text, tags }: Draft): VariableDraft {
  return { name, value: kind === "text" ? text : (JSON.parse(text) as unknown), tags };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
