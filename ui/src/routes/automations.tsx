import { Plus } from "lucide-react";
import { LinkButton } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { AutomationTable } from "@/features/automations/automation-table";

export default function AutomationsPage() {
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="Automations"
        meta="When this happens, do that."
        actions={
          <LinkButton kind="primary" icon={Plus} to="/automations/new">
            New automation
          </LinkButton>
        }
      />
      <AutomationTable />
    </div>
  );
}
