import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Combobox } from "@/design/combobox";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { useDebounced } from "@/lib/use-debounced";
import { choicesQuery, type Kind } from "./queries";
import { useNames } from "./use-names";

const PAUSE_MS = 200;

interface ChoiceFieldProps {
  label: string;
  kind: Kind;
  value: readonly string[];
  onChange: (ids: string[]) => void;
  multiple?: boolean | undefined;
  placeholder?: string | undefined;
  error?: string | undefined;
  /** Shown where there is none to choose: how one is made. */
  none?: ReactNode;
}

/** One or several things by their names; what is kept are ids. */
export function ChoiceField(props: ChoiceFieldProps) {
  const { label, kind, value, onChange, multiple, placeholder, error, none } = props;
  const [text, setText] = useState("");
  const settled = useDebounced(text, PAUSE_MS);
  const query = useQuery(choicesQuery(kind, settled));
  const { data = [], isFetching } = query;
  const nameOf = useNames(value);
  const wanted = text.trim().toLowerCase();
  const found = data.filter(({ label, detail }) => `${label} ${detail}`.toLowerCase().includes(wanted));
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
  const hasNone = query.isSuccess && settled === "" && !data.length;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Field label={label} error={error}>
        {multiple ? (
          <Combobox {...shared} multiple value={value} onChange={onChange} />
        ) : (
          <Combobox {...shared} value={value[0]} onChange={(id) => onChange([id])} />
        )}
      </Field>
      {hasNone ? none : null}
      {query.error && !query.data ? (
        <ErrorState
          compact
          error={query.error}
          title="There is nothing to choose from."
          onRetry={query.refetch}
        />
      ) : null}
    </div>
  );
}
