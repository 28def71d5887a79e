import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/design/button";
import { PageHeader } from "@/design/page-header";
import { VariableTable } from "@/features/variables/variable-table";

export default function VariablesPage() {
  const [creating, setCreating] = useState(false);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="Variables"
        meta="JSON values under names, for flows and for job variables."
        actions={
          <Button kind="primary" icon={Plus} onClick={() => setCreating(true)}>
            New variable
          </Button>
        }
      />
      <VariableTable creating={creating} onCreate={setCreating} />
    </div>
  );
}
