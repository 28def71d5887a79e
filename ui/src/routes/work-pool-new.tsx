import { useNavigate, useSearch } from "@tanstack/react-router";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { NewPool } from "@/features/work-pools/create/new-pool";
import { type Search, textOf } from "@/lib/search";

export default function NewWorkPoolPage() {
  const from = textOf(useSearch({ strict: false }) as Search, "from");
  const navigate = useNavigate();
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <PageHeader
        breadcrumb={[
          <TextLink key="pools" quiet to="/work-pools">
            Work pools
          </TextLink>,
        ]}
        title="New work pool"
        meta={from ? `A copy of ${from}.` : undefined}
      />
      <NewPool
        from={from || undefined}
        onCreated={(name) =>
          void navigate({ to: "/work-pools/$name", params: { name }, search: { new: true } })
        }
      />
    </div>
  );
}
