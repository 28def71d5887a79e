import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Combobox } from "@/design/combobox";
import { useDebounced } from "@/lib/use-debounced";
import { comparableRunsQuery } from "./queries";

export interface RunPickerProps {
  label: string;
  value?: string | undefined;
  /** What it is called while it is not among those that were found. */
  valueName?: string | undefined;
  deploymentId?: string | undefined;
  /** Runs that are not offered. */
  without?: readonly string[] | undefined;
  onChange: (runId: string) => void;
  placeholder?: string | undefined;
  className?: string | undefined;
}

/** A run: the latest, what is found by name, or any by its id. */
export function RunPicker(props: RunPickerProps) {
  const { label, value, valueName, deploymentId, without = [], onChange, placeholder, className } = props;
  const [text, setText] = useState("");
  const search = useDebounced(text.trim(), 120);
  const { data, isFetching } = useQuery(comparableRunsQuery(deploymentId, search));
  const found = (data?.rows ?? [])
    .filter((run) => !without.includes(run.id))
    .map((run) => ({
      value: run.id,
      label: run.name,
      detail: [
        run.state_name,
        run.deployment_name ?? run.flow_name,
        run.overrides.length ? "with overrides" : "",
      ]
        .filter(Boolean)
        .join(" · "),
    }));
  const isKnown = value === undefined || found.some((option) => option.value === value);
  const options = isKnown ? found : [{ value, label: valueName ?? value }, ...found];
  return (
    <Combobox
      label={label}
      value={value}
      onChange={onChange}
      onSearch={setText}
      options={options}
      loading={isFetching}
      allowCustom={/^[0-9a-f-]{36}$/i.test(text.trim())}
      placeholder={placeholder}
      className={className}
    />
  );
}
