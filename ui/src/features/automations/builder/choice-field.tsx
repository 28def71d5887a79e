import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { useDebounced } from "@/lib/use-debounced";
import { choicesQuery } from "../queries";
import { useNames } from "../use-names";

const PAUSE_MS = 200;

interface ChoiceFieldProps {
  label: string;
  /** `deployment`, `flow`, `work pool`, `work queue`, `automation`. */
  kind: string;
  value: readonly string[];
  onChange: (ids: string[]) => void;
  multiple?: boolean | undefined;
  placeholder?: string | undefined;
  error?: string | undefined;
  hint?: string | undefined;
}

/** One or several things by their names; what is kept are ids. */
export function ChoiceField(props: ChoiceFieldProps) {
  const { label, kind, value, onChange, multiple, placeholder, error, hint } = props;
  const [text, setText] = useState("");
  const settled = useDebounced(text, PAUSE_MS);
  const { data = [], isFetching } = useQuery(choicesQuery(kind, settled));
  const nameOf = useNames(value);
  const wanted = text.trim().toLowerCase();
  const found = data.filter((choice) => choice.label.toLowerCase().includes(wanted));
  const known = new Set(found.map((choice) => choice.value));
  // What is chosen stays named, also where the search finds others.
  const chosen = value
    .filter((id) => !known.has(id))
    .map((id) => ({ value: id, label: data.find((each) => each.value === id)?.label ?? nameOf(id) ?? id }));
  const shared = {
    label,
    options: [...found, ...chosen],
    onSearch: setText,
    loading: isFetching && !found.length,
    placeholder,
  };
  return (
    <Field label={label} error={error} hint={hint}>
      {multiple ? (
        <Combobox {...shared} multiple value={value} onChange={onChange} />
      ) : (
        <Combobox {...shared} value={value[0]} onChange={(id) => onChange([id])} />
      )}
    </Field>
  );
}
