import { useNavigate, useSearch } from "@tanstack/react-router";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { RunCompare } from "@/features/job-variables/run-compare";
import { flagOf, type Search, textOf } from "@/lib/search";

export default function CompareRunsPage() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const [a, b] = [textOf(search, "a"), textOf(search, "b")];
  const change = (part: Search) =>
    navigate({ to: "/runs/compare", search: { ...search, ...part }, replace: true });
  return (
    <div className="flex min-w-0 flex-col gap-5">
      <PageHeader
        title="Compare runs"
        breadcrumb={[
          <TextLink key="runs" quiet to="/runs">
            Runs
          </TextLink>,
        ]}
        meta="What infrastructure two runs got, and who set each value."
      />
      <RunCompare
        a={a || undefined}
        b={b || undefined}
        showEqual={flagOf(search, "equal")}
        onShowEqual={(equal) => change({ equal })}
        onChoose={(side, id) => change({ [side]: id })}
        onSwap={() => change({ a: b, b: a })}
      />
    </div>
  );
}
