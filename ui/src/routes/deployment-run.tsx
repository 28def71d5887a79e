import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { toast } from "@/design/toast";
import { CustomRun } from "@/features/custom-run/custom-run";
import { RunEffectiveJob } from "@/features/job-variables/run-effective-job";
import { RunOverrides } from "@/features/job-variables/run-overrides";
import type { JsonObject } from "@/job-variables/json";
import type { Search } from "@/lib/search";

export default function CustomRunPage() {
  const { id } = useParams({ strict: false });
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  if (!id) return null;
  return (
    <CustomRun
      key={id}
      deploymentId={id}
      search={search}
      jobVariables={({ value, ...rest }) => (
        <RunOverrides {...rest} deploymentId={id} value={value as JsonObject} />
      )}
      effectiveJob={(part) => <RunEffectiveJob {...part} deploymentId={id} />}
      onRun={({ id: runId, name }) => {
        const open = () => navigate({ to: "/runs/$id", params: { id: runId } });
        toast({ title: `Created the run ${name}`, tone: "success", action: { label: "Open", run: open } });
        void open();
      }}
    />
  );
}
