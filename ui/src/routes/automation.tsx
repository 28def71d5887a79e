import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { SkeletonPage } from "@/design/skeleton";
import { AutomationHeader } from "@/features/automations/detail/automation-header";
import { AutomationTabs } from "@/features/automations/detail/automation-tabs";
import { useNames } from "@/features/automations/names/use-names";
import { automationQuery } from "@/features/automations/queries";
import { useAutomationActions } from "@/features/automations/use-actions";
import { NotLoaded } from "@/shell/missing";

export default function AutomationPage() {
  const { id } = useParams({ from: "/automations/$id" });
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(automationQuery(id));
  const { enable, remove, dialogs } = useAutomationActions(() => void navigate({ to: "/automations" }));
  const nameOf = useNames(data);
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
  return (
    <div className="flex flex-col gap-4">
      <AutomationHeader
        automation={data}
        nameOf={nameOf}
        onEnable={(enabled) => void enable(data, enabled)}
        onDuplicate={() => void navigate({ to: "/automations/new", search: { from: id } })}
        onDelete={() => remove(data)}
      />
      <AutomationTabs automation={data} nameOf={nameOf} />
      {dialogs}
    </div>
  );
}
