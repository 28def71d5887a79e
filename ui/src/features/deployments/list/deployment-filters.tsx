import { useQuery } from "@tanstack/react-query";
import { ChoiceFilter, FilterBar } from "@/design/filter-bar";
import { TextAndTags } from "@/design/list-filters";
import { Segmented } from "@/design/segmented";
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
  return (
    <FilterBar onClear={isFiltered(choice) ? () => onChange(NONE) : undefined}>
      <TextAndTags
        label="Search deployments"
        placeholder="Name, flow or tag"
        choice={choice}
        rows={rows}
        onChange={onChange}
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
