import { ApiError } from "@/lib/api";
import type { ConcurrencyLimit } from "./queries";

export interface LimitDraft {
  kind: "global" | "tag";
  /** Of the limit, or of the tag. */
  name: string;
  limit: number | null;
  decay: number | null;
  isOn: boolean;
}

export const EMPTY: LimitDraft = { kind: "global", name: "", limit: null, decay: null, isOn: true };

export function draftOf({ kind, subject, limit, bucket, is_on }: ConcurrencyLimit): LimitDraft {
  return {
    kind: kind === "tag" ? "tag" : "global",
    name: subject.name,
    limit,
    decay: bucket?.decay ?? null,
    isOn: is_on,
  };
}

type Fields = "name" | "limit";

/** What is missing. All else is the server's to judge. */
export function mistakesIn({ kind, name, limit }: LimitDraft): Partial<Record<Fields, string>> {
  return {
    ...(name.trim() ? {} : { name: kind === "tag" ? "Say which tag." : "A limit needs a name." }),
    ...(limit === null ? { limit: "Say how many slots it has." } : {}),
  };
}

/** The limit of a tag is the limit with the name `tag:` and the tag. */
export function nameOf({ kind, name }: Pick<LimitDraft, "kind" | "name">): string {
  return kind === "tag" ? `tag:${name.trim()}` : name.trim();
}

/** What is the same when it is made and when it is changed. */
export function valuesOf({ limit, decay, isOn }: LimitDraft) {
  return { limit: limit ?? 0, slot_decay_per_second: decay ?? 0, active: isOn };
}

const FIELDS = ["name", "limit", "slot_decay_per_second"] as const;
export type RefusedField = (typeof FIELDS)[number];

/** The field that a refusal is about; a name that is taken is known by its code. */
export function refusedField(error: unknown): RefusedField | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 409) return "name";
  const last = error.field?.split(".").at(-1);
  return FIELDS.find((field) => field === last);
}
