import { useState } from "react";
import { TextField } from "@/design/text-field";
import { durationFrom, parseIsoDuration, tellDuration } from "../durations";
import { type ControlProps, emptied } from "../field-props";
import { useForm } from "../form-context";
import { inheritedText } from "../words";
import { Doubt } from "./doubt";

/** A length of time in words; the value is ISO 8601. What was typed stands there until the value changes elsewhere. */
export function DurationControl({ node, path, value, inherited, origin, fixed }: ControlProps) {
  const { edit } = useForm();
  const [typed, setTyped] = useState({ text: "", value });
  const text = typed.value === value && value !== undefined && typed.text ? typed.text : String(value ?? "");
  const length = typeof value === "string" ? parseIsoDuration(value) : undefined;
  const given = typeof inherited === "string" ? parseIsoDuration(inherited) : undefined;
  const change = (next: string) => {
    const iso = next.trim() === "" ? emptied(fixed) : (durationFrom(next) ?? next);
    setTyped({ text: next, value: iso });
    edit(path, iso);
  };
  return (
    <>
      <TextField
        value={text}
        autoComplete="off"
        placeholder={
          given ? `(${origin}: ${tellDuration(given)})` : inheritedText(node, inherited, origin) || "1h 30m"
        }
        onChange={change}
      />
      {length ? (
        <p className="text-sm text-muted">
          {tellDuration(length)}
          {text === value ? (
            ""
          ) : (
            <>
              {" "}
              · <code className="font-mono">{String(value)}</code>
            </>
          )}
        </p>
      ) : value === undefined ? null : (
        <Doubt text="This is no length of time, such as 1h 30m, 10 minutes or PT10M." />
      )}
    </>
  );
}
