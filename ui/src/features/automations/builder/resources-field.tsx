import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { useDebounced } from "@/lib/use-debounced";
import { resourcesQuery } from "../names/queries";
import { useNames } from "../names/use-names";

const PAUSE_MS = 200;
const ANY = [
  ["prefect.flow-run.*", "any flow run"],
  ["prefect.task-run.*", "any task run"],
  ["prefect.deployment.*", "any deployment"],
  ["prefect.work-pool.*", "any work pool"],
  ["prefect.work-queue.*", "any work queue"],
  ["prefect.variable.*", "any variable"],
].map(([value = "", detail = ""]) => ({ value, label: value, detail }));

interface ResourcesFieldProps {
  value: readonly string[];
  onChange: (ids: string[]) => void;
}

/** What events are about: things by their names, all of a kind, or any id that is typed. */
export function ResourcesField({ value, onChange }: ResourcesFieldProps) {
  const [text, setText] = useState("");
  const settled = useDebounced(text.trim(), PAUSE_MS);
  const { data = [], isFetching } = useQuery(resourcesQuery(settled));
  const nameOf = useNames(value);
  const wanted = text.trim().toLowerCase();
  const kinds = ANY.filter(({ value: id, detail }) => `${id} ${detail}`.includes(wanted));
  const found = wanted ? [...kinds, ...data] : kinds;
  const known = new Set(found.map(({ value: id }) => id));
  const chosen = value
    .filter((id) => !known.has(id))
    .map((id) => ({ value: id, label: nameOf(id.slice(id.lastIndexOf(".") + 1)) ?? id, detail: id }));
  return (
    <Field label="About" hint="By name, or by the id of a resource, which may end in *.">
      <Combobox
        multiple
        allowCustom
        label="About"
        placeholder="Any resource"
        options={[...found, ...chosen]}
        onSearch={setText}
        loading={isFetching && !found.length}
        value={value}
        onChange={onChange}
      />
    </Field>
  );
}
