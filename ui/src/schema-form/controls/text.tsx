import { TextArea, TextField } from "@/design/text-field";
import { type ControlProps, emptied } from "../field-props";
import { useForm } from "../form-context";
import type { Node } from "../node";
import { doubt, inheritedText } from "../words";
import { Doubt } from "./doubt";

const LONG = 100;
const MODES: Readonly<Record<string, "email" | "url">> = { email: "email", uri: "url" };
const CODE = new Set([
  "uuid",
  "path",
  "file-path",
  "directory-path",
  "uri",
  "regex",
  "base64",
  "base64url",
  "ipv4",
  "ipv6",
]);

export function TextControl({ node, path, value, inherited, origin, fixed }: ControlProps) {
  const { edit } = useForm();
  const text = typeof value === "string" ? value : "";
  const isPlain = node.format === undefined || node.format === "binary";
  const shared = {
    value: text,
    // Text may be empty; a date or an address can't be.
    onChange: (next: string) => edit(path, next === "" && !isPlain ? emptied(fixed) : next),
    placeholder: value === undefined ? inheritedText(node, inherited, origin) : "(empty text)",
    spellCheck: false,
    mono: CODE.has(node.format ?? ""),
  };
  return (
    <>
      {isLong(node, text, inherited) ? (
        <TextArea {...shared} />
      ) : (
        <TextField {...shared} autoComplete="off" inputMode={MODES[node.format ?? ""] ?? "text"} />
      )}
      <Doubt text={doubt(node, text)} />
    </>
  );
}

/** Whether several lines are needed: a single one would lose line breaks. */
function isLong(node: Node, text: string, inherited: unknown): boolean {
  const most = node.schema.get("maxLength");
  const shown = text || (typeof inherited === "string" ? inherited : "");
  return (
    shown.includes("\n") ||
    shown.length > LONG ||
    (typeof most === "number" && most > 2 * LONG) ||
    node.schema.get("contentMediaType") !== undefined ||
    ["multi-line", "textarea"].includes(node.format ?? "")
  );
}
