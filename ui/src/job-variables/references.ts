// What is only known where a job is launched: secrets, blocks, variables, facts about the run. It is shown as a
// chip with a name; its value is not in anything that the server answers.

import { isObject } from "./json";

export type ReferenceKind = "secret" | "block" | "variable" | "fact" | "environment";
export interface Reference {
  kind: ReferenceKind;
  /** `db`, `aws-credentials.prod`, `flow_run.name`. */
  name: string;
  /** As it is written, braces and all. */
  text: string;
}
export type Segment = string | Reference;

const PLACEHOLDER =
  /\{\{\s*([\w.\-[\]$]+)\s*(?:\|\s*(?:default|required)\s*\(\s*(?:'[^']*'|"[^"]*")\s*\)\s*)?\}\}/g;
const REFERENCE = /^(?:penstock|prefect)\.(variables|secrets|blocks)\.(.+)$/;
const SECRET_BLOCK = /^secret\.(.+)$/;
const BLOCK_DOCUMENT = "block_document_id";

function classify(name: string, text: string): Reference | undefined {
  if (name.startsWith("ctx.")) return { kind: "fact", name: name.slice(4), text };
  const [, kind, rest = ""] = REFERENCE.exec(name) ?? [];
  if (kind === "secrets") return { kind: "secret", name: rest, text };
  if (kind === "variables") return { kind: "variable", name: rest, text };
  if (kind !== "blocks") return undefined;
  const secret = SECRET_BLOCK.exec(rest)?.[1];
  return secret ? { kind: "secret", name: secret, text } : { kind: "block", name: rest, text };
}

/** A text as literal pieces and references. `{{ image }}` in a value is text: values are no templates. */
export function segmentsOf(text: string): Segment[] {
  if (!text.includes("{{")) return text ? [text] : [];
  const segments: Segment[] = [];
  let literal = "";
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    literal += text.slice(end, match.index);
    end = match.index + match[0].length;
    const reference = classify(match[1] ?? "", match[0]);
    if (!reference) {
      literal += match[0];
      continue;
    }
    if (literal) segments.push(literal);
    literal = "";
    segments.push(reference);
  }
  literal += text.slice(end);
  if (literal) segments.push(literal);
  return segments;
}

/** The reference that a whole value is: its text, `{"$secret": name}`, or a block by its id. */
export function referenceOf(value: unknown): Reference | undefined {
  if (typeof value === "string") {
    const [first, ...more] = segmentsOf(value);
    return typeof first === "object" && more.length === 0 ? first : undefined;
  }
  if (!isObject(value) || Object.keys(value).length !== 1) return undefined;
  if (typeof value.$secret === "string") {
    return { kind: "secret", name: value.$secret, text: JSON.stringify(value) };
  }
  const block = isObject(value.$ref) ? value.$ref[BLOCK_DOCUMENT] : undefined;
  return typeof block === "string" ? { kind: "block", name: block, text: JSON.stringify(value) } : undefined;
}

export function hasReference(value: unknown): boolean {
  if (referenceOf(value)) return true;
  if (typeof value === "string") return segmentsOf(value).some((segment) => typeof segment === "object");
  if (Array.isArray(value)) return value.some(hasReference);
  return isObject(value) && Object.values(value).some(hasReference);
}

export function secretReference(name: string): string {
  return `{{ penstock.secrets.${name} }}`;
}

const CREDENTIAL =
  /(?:^|[^A-Za-z])(?:pass(?:word|wd|phrase)?|secret|token|api_?key|access_?key(?:_id)?|private_?key|credentials?)$/i;

/** Whether a name says that its value should not be read over a shoulder. */
export function soundsSecret(name: string): boolean {
  return CREDENTIAL.test(name.replace(/([a-z])([A-Z])/g, "$1_$2"));
}
