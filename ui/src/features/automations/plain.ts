import { type JsonMap, plainOf } from "@/lib/exact-json";

/** A part of the draft as plain data, for words about it. */
export const toPlainMap = (map: JsonMap): Record<string, unknown> => plainOf(map) as Record<string, unknown>;
