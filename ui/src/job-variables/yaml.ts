import { printPlain } from "@/lib/exact-json";
import { isObject } from "./json";

// Writes YAML that every reader of YAML 1.1 or 1.2 reads as the same values.

const PLAIN = /^[A-Za-z_./][\w./@+:-]*(?: [\w./@+-]+)*$/;
const KEY_LIKE = /:(?: |$)/;
const TAKEN = /^(?:true|false|null|yes|no|on|off|y|n|~|\.(?:inf|nan))$/i;

function scalar(value: unknown): string {
  if (typeof value !== "string") return printPlain(value ?? null);
  return PLAIN.test(value) && !TAKEN.test(value) && !KEY_LIKE.test(value) ? value : JSON.stringify(value);
}

function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && !value.length) || (isObject(value) && !Object.keys(value).length);
}

function block(value: unknown, indent: string): string[] {
  if (Array.isArray(value) && value.length) {
    return value.flatMap((item) => {
      const [first = "", ...rest] = block(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (isObject(value) && !isEmpty(value)) {
    return Object.entries(value).flatMap(([key, item]) => {
      const isNested = (isObject(item) || Array.isArray(item)) && !isEmpty(item);
      const start = `${indent}${scalar(key)}:`;
      return isNested ? [start, ...block(item, `${indent}  `)] : [`${start} ${block(item, "")[0] ?? ""}`];
    });
  }
  return [`${indent}${isEmpty(value) ? (Array.isArray(value) ? "[]" : "{}") : scalar(value)}`];
}

export function toYaml(value: unknown): string {
  return `${block(value, "").join("\n")}\n`;
}
