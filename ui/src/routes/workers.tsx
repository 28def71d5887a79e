import { PageHeader } from "@/design/page-header";
import { WorkerTable } from "@/features/workers/worker-table";

export default function WorkersPage() {
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title="Workers" meta="The processes that take runs from work pools and start them." />
      <WorkerTable command="penstock worker start --pool NAME" />
    </div>
  );
}
