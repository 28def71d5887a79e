import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { plural } from "@/lib/format";
import { eventNamesQuery } from "../queries";
import { happening } from "../words";

/** Names that nobody need have seen to ask for them. */
const KNOWN = [
  "prefect.flow-run.*",
  ...["Scheduled", "Pending", "Running", "Completed", "Failed", "Crashed", "Cancelled", "Late"].map(
    (state) => `prefect.flow-run.${state}`,
  ),
  "prefect.deployment.ready",
  "prefect.deployment.not-ready",
  "prefect.work-pool.ready",
  "prefect.work-pool.not-ready",
  "prefect.work-queue.not-ready",
  "prefect.variable.updated",
];

interface EventNamesFieldProps {
  label: string;
  hint?: string | undefined;
  placeholder: string;
  value: readonly string[];
  onChange: (names: string[]) => void;
}

/** Names of events: those of the last week, those that there may be, and any that is typed. */
export function EventNamesField({ label, hint, placeholder, value, onChange }: EventNamesFieldProps) {
  const { data } = useQuery(eventNamesQuery);
  const options = useMemo(() => {
    const seen = (data ?? []).map(({ name, count }) => ({
      value: name,
      label: name,
      detail: `${plural(count, "time")} in the last week`,
    }));
    const names = new Set(seen.map(({ value: name }) => name));
    const others = KNOWN.filter((name) => !names.has(name));
    return [...seen, ...others.map((name) => ({ value: name, label: name, detail: happening(name) }))];
  }, [data]);
  return (
    <Field label={label} hint={hint}>
      <Combobox
        multiple
        allowCustom
        label={label}
        options={options}
        placeholder={placeholder}
        value={value}
        onChange={onChange}
      />
    </Field>
  );
}
