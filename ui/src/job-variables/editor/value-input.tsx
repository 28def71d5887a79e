import { type KeyboardEvent, type Ref, useId } from "react";
import { cx } from "@/design/cx";
import { controlClass } from "@/design/text-field";
import { type Json, same } from "../json";
import { oneLine } from "../shown-value";
import type { ValueKinds } from "../value-kinds";
import type { Mode, Typed } from "./typed-value";

export interface ValueInputProps {
  label: string;
  typed: Typed;
  kinds: ValueKinds;
  onChange: (typed: Typed) => void;
  ref?: Ref<HTMLInputElement & HTMLTextAreaElement & HTMLSelectElement> | undefined;
  describedBy?: string | undefined;
  invalid?: boolean | undefined;
}

/** The field for a value of one kind. */
export function ValueInput({ label, typed, kinds, onChange, ref, describedBy, invalid }: ValueInputProps) {
  const id = useId();
  const common = {
    id,
    ref,
    "aria-label": label,
    "aria-describedby": describedBy,
    "aria-invalid": invalid || undefined,
    spellCheck: false,
    autoComplete: "off",
  };
  const change = (text: string) => onChange({ ...typed, text });
  if (typed.mode === "boolean") {
    return (
      <Choice
        {...common}
        choices={[true, false]}
        value={typed.text === "true"}
        onChange={(value) => change(String(value))}
      />
    );
  }
  if (typed.mode === "choice") {
    return (
      <Choice
        {...common}
        choices={kinds.choices}
        value={typed.choice}
        onChange={(choice) => onChange({ ...typed, choice })}
      />
    );
  }
  if (typed.mode === "json" || typed.text.includes("\n") || typed.text.length > 60) {
    return (
      <textarea
        {...common}
        rows={typed.mode === "json" ? 5 : 3}
        value={typed.text}
        onChange={(event) => change(event.target.value)}
        className={cx(controlClass, "field-sizing-content max-h-[40dvh] py-1.5 font-mono text-sm break-all")}
      />
    );
  }
  return (
    <span className="relative block">
      <input
        {...common}
        type="text"
        inputMode={typed.mode === "number" ? "decimal" : undefined}
        placeholder={PLACEHOLDERS[typed.mode]}
        value={typed.text}
        onChange={(event) => change(event.target.value)}
        className={cx(controlClass, "h-control font-mono text-sm")}
      />
    </span>
  );
}

const PLACEHOLDERS: Partial<Record<Mode, string>> = { secret: "name of the secret", text: "text" };

interface ChoiceProps {
  id: string;
  ref?: Ref<HTMLSelectElement> | undefined;
  choices: readonly Json[];
  value: Json | undefined;
  onChange: (value: Json) => void;
}

function Choice({ choices, value, onChange, ref, ...rest }: ChoiceProps) {
  const at = choices.findIndex((choice) => same(choice, value));
  return (
    <select
      {...rest}
      ref={ref}
      value={at}
      onChange={(event) => onChange(choices[Number(event.target.value)] ?? null)}
      onKeyDown={(event: KeyboardEvent) => event.stopPropagation()}
      className={cx(controlClass, "h-control font-mono text-sm")}
    >
      {at < 0 ? <option value={-1}>Choose…</option> : null}
      {choices.map((choice, index) => (
        <option key={oneLine(choice)} value={index}>
          {typeof choice === "string" ? choice : oneLine(choice)}
        </option>
      ))}
    </select>
  );
}
