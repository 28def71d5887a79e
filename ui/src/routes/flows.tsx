import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { PageHeader } from "@/design/page-header";
import { choiceOf, sortOf, writeSort } from "@/features/flows/address";
import { FlowTable } from "@/features/flows/flow-table";
import type { Search } from "@/lib/search";

export default function FlowsPage() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const choice = useMemo(() => choiceOf(search), [search]);
  const show = (part: Search) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title="Flows" />
      <FlowTable
        choice={choice}
        sort={sortOf(search)}
        onSort={(sort) => show({ sort: writeSort(sort) })}
        onChange={(part) => {
          const { text, tags } = { ...choice, ...part };
          show({ q: text, tag: tags });
        }}
      />
    </div>
  );
}
