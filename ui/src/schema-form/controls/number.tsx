import { Button } from "@/design/button";
import { TextField } from "@/design/text-field";
import { isNumber, isWhole, numberOf, numberText } from "@/lib/exact-json";
import { type ControlProps, emptied } from "../field-props";
import { useForm } from "../form-context";
import { inheritedText } from "../words";
import { Doubt } from "./doubt";

/**
 * Numbers as they are typed: all digits are kept, also where JavaScript couldn't. What is no number stays as text,
 * which the server then refuses with the reason.
 */
export function NumberControl({ node, path, value, inherited, origin, fixed }: ControlProps) {
  const { edit } = useForm();
  const text = isNumber(value) ? numberText(value) : typeof value === "string" ? value : "";
  const spelled = typeof value === "string" ? numberOf(tidied(value)) : undefined;
  return (
    <>
      <TextField
        value={text}
        inputMode={node.kind === "integer" ? "numeric" : "decimal"}
        autoComplete="off"
        className="tabular-nums"
        placeholder={inheritedText(node, inherited, origin)}
        onChange={(next) => edit(path, next === "" ? emptied(fixed) : (numberOf(next.trim()) ?? next))}
        onBlur={() => spelled !== undefined && tidied(text) !== text && edit(path, spelled)}
      />
      {spelled !== undefined ? (
        <Doubt
          text={`This is the text “${text}”, not a number.`}
          action={
            <Button size="small" onClick={() => edit(path, spelled)}>
              Make it a number
            </Button>
          }
        />
      ) : isNumber(value) && node.kind === "integer" && !isWhole(value) ? (
        <Doubt text="This is no whole number." />
      ) : text !== "" && !isNumber(value) && !node.schema.has("type") ? (
        <Doubt text="This is no number; it stays text." />
      ) : null}
    </>
  );
}

/** `+5`, `.5`, `007` and blanks around are numbers to a person, and none in JSON. */
function tidied(text: string): string {
  const [, sign = "", whole = "", rest = ""] =
    /^\s*([+-]?)0*(\d*)((?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/.exec(text) ?? [];
  if (whole === "" && !rest.startsWith(".") && !/^\s*[+-]?0+/.test(text)) return text;
  return `${sign === "-" ? "-" : ""}${whole || "0"}${rest}`;
}

/** Decimals are sent as text, so that no digit is rounded on the way. */
export function DecimalControl({ node, path, value, inherited, origin, fixed }: ControlProps) {
  const { edit } = useForm();
  const text = isNumber(value) ? numberText(value) : typeof value === "string" ? value : "";
  return (
    <TextField
      value={text}
      inputMode="decimal"
      autoComplete="off"
      className="tabular-nums"
      placeholder={inheritedText(node, inherited, origin)}
      onChange={(next) => edit(path, next === "" ? emptied(fixed) : next)}
    />
  );
}
