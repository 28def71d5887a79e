import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ChoiceFilter, FilterBar } from "@/design/filter-bar";
import { Segmented } from "@/design/segmented";
import { SearchField } from "@/design/text-field";
import type { DeploymentChoice, DeploymentRow } from "../queries";
import { poolNamesQuery } from "../queries";
import { isFiltered } from "./address";

type Filters = Pick<DeploymentChoice, "text" | "tags" | "pools" | "paused">;

interface DeploymentFiltersProps {
  choice: DeploymentChoice;
  rows: readonly DeploymentRow[] | undefined;
  onChange: (part: Partial<Filters>) => void;
}

const NONE: Filters = { text: "", tags: [], pools: [], paused: undefined };

/** What narrows the list of deployments. */
export function DeploymentFilters({ choice, rows, onChange }: DeploymentFiltersProps) {
  const pools = useQuery(poolNamesQuery);
  const tags = useMemo(() => {
    const known = new Set([...choice.tags, ...(rows ?? []).flatMap((row) => row.tags)]);
    return [...known].sort().map((tag) => ({ value: tag, label: tag }));
  }, [rows, choice.tags]);
  return (
    <FilterBar onClear={isFiltered(choice) ? () => onChange(NONE) : undefined}>
      <SearchField
        label="Search deployments"
        placeholder="Name, flow or tag"
        value={choice.text}
        onChange={(text) => onChange({ text })}
        className="w-64 max-w-full"
      />
      <ChoiceFilter
        label="Tag"
        allowCustom
        options={tags}
        value={choice.tags}
        onChange={(next) => onChange({ tags: next })}
      />
      <ChoiceFilter
        label="Pool"
        loading={pools.isPending}
        options={(pools.data ?? []).map(({ name, type }) => ({ value: name, label: name, detail: type }))}
        value={choice.pools}
        onChange={(next) => onChange({ pools: next })}
      />
      <Segmented
        label="Status"
        hideLabel
        value={choice.paused === undefined ? "all" : choice.paused ? "paused" : "active"}
        onChange={(next) => onChange({ paused: next === "all" ? undefined : next === "paused" })}
        options={[
          { value: "all", label: "All" },
          { value: "active", label: "Active" },
          { value: "paused", label: "Paused" },
        ]}
      />
    </FilterBar>
  );
}
