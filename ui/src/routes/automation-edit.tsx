import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { SkeletonPage } from "@/design/skeleton";
import { StartedBuilder } from "@/features/automations/builder/started-builder";
import { draftFrom } from "@/features/automations/draft";
import { type Automation, automationQuery } from "@/features/automations/queries";
import { NotLoaded } from "@/shell/missing";

export default function EditAutomationPage() {
  const { id } = useParams({ from: "/automations/$id/edit" });
  const { data, error, refetch } = useQuery(automationQuery(id));
  if (error && !data) {
    return (
      <NotLoaded
        noun="automation"
        id={id}
        all={{ to: "/automations", label: "Automations" }}
        error={error}
        onRetry={refetch}
      />
    );
  }
  if (!data) return <SkeletonPage />;
  return <Edited key={id} automation={data} />;
}

function Edited({ automation }: { automation: Automation }) {
  const { id, name } = automation;
  const navigate = useNavigate();
  const fresh = useMemo(() => draftFrom(automation), [automation]);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title={`Edit ${name}`}
        breadcrumb={[
          <TextLink key="all" quiet to="/automations">
            Automations
          </TextLink>,
          <TextLink key="one" quiet to="/automations/$id" params={{ id }}>
            {name}
          </TextLink>,
        ]}
      />
      <StartedBuilder
        keptAs={id}
        id={id}
        fresh={fresh}
        seen={automation.updated}
        onSaved={() => void navigate({ to: "/automations/$id", params: { id } })}
      />
    </div>
  );
}
