import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { PageHeader } from "@/design/page-header";
import { choiceOf, sortOf, writeChoice, writeSort } from "@/features/deployments/list/address";
import { DeploymentTable } from "@/features/deployments/list/deployment-table";
import type { Search } from "@/lib/search";

export default function DeploymentsPage() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const choice = useMemo(() => choiceOf(search), [search]);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title="Deployments" />
      <DeploymentTable
        choice={choice}
        sort={sortOf(search)}
        onSort={(sort) =>
          void navigate({
            to: ".",
            search: (before) => ({ ...before, sort: writeSort(sort) }),
            replace: true,
          })
        }
        onChange={(part) =>
          void navigate({
            to: ".",
            search: (before) => ({ ...before, ...writeChoice({ ...choice, ...part }) }),
            replace: true,
          })
        }
      />
    </div>
  );
}
