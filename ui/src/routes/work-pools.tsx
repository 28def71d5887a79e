import { useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { LinkButton } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { PoolList } from "@/features/work-pools/pool-list";
import { useKeys } from "@/lib/keys";

export default function WorkPoolsPage() {
  const navigate = useNavigate();
  useKeys("Work pools", [
    { keys: "n", label: "New work pool", run: () => void navigate({ to: "/work-pools/new" }) },
  ]);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="Work pools"
        meta="Where runs go, and the defaults of the infrastructure that they get there."
        actions={
          <LinkButton kind="primary" icon={Plus} to="/work-pools/new">
            New work pool
          </LinkButton>
        }
      />
      <PoolList />
    </div>
  );
}
