import { useState } from "react";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { NumberField } from "@/design/text-field";
import type { Json } from "@/lib/exact-json";

const UNITS = [
  { value: "1", label: "seconds" },
  { value: "60", label: "minutes" },
  { value: "3600", label: "hours" },
  { value: "86400", label: "days" },
];

interface SpanFieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  /** In seconds, as the JSON has it. */
  value: Json | undefined;
  onChange: (seconds: number | undefined) => void;
}

/** A length of time in the unit that somebody thinks in. */
export function SpanField({ label, hint, error, value, onChange }: SpanFieldProps) {
  const seconds = value === undefined || value === null ? null : Number(String(value));
  const [unit, setUnit] = useState(() => unitOf(seconds));
  const size = Number(unit);
  return (
    <div className="flex items-end gap-2">
      <div className="w-28">
        <Field label={label} error={error} hint={hint}>
          <NumberField
            value={seconds === null || Number.isNaN(seconds) ? null : seconds / size}
            onChange={(next) => onChange(next === null ? undefined : next * size)}
          />
        </Field>
      </div>
      <Select
        label={`Unit of ${label.toLowerCase()}`}
        className="w-28!"
        value={unit}
        options={UNITS}
        onChange={(next) => {
          setUnit(next);
          if (seconds !== null) onChange((seconds / size) * Number(next));
        }}
      />
    </div>
  );
}

function unitOf(seconds: number | null): string {
  const fitting = UNITS.filter(({ value }) => seconds && seconds % Number(value) === 0);
  return fitting.at(-1)?.value ?? "60";
}
