import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { JobSpec } from "@/job-variables/json";
import type { Baseline } from "@/job-variables/panel/effective-job";
import { lastSuccessQuery, runJobQuery, runQuery } from "./queries";
import { RunPicker } from "./run-picker";

/** What a job may be compared with: what is known at once, the last success, and any run that is picked. */
export function useBaselines(
  known: readonly { id: string; label: string; job: JobSpec | undefined }[],
  deploymentId: string | undefined,
  runId?: string,
) {
  const [picked, setPicked] = useState<string>();
  const { data: success } = useQuery(lastSuccessQuery(deploymentId, runId));
  const { data: successJob } = useQuery({ ...runJobQuery(success?.id ?? ""), enabled: Boolean(success) });
  const { data: pickedRun } = useQuery({ ...runQuery(picked ?? ""), enabled: picked !== undefined });
  const { data: pickedJob } = useQuery({ ...runJobQuery(picked ?? ""), enabled: picked !== undefined });
  const baselines: Baseline[] = [
    ...known,
    ...(success
      ? [{ id: success.id, label: `Last success: ${success.name}`, job: successJob?.explanation.job }]
      : []),
    ...(picked && picked !== success?.id
      ? [{ id: picked, label: pickedRun?.name ?? picked.slice(0, 8), job: pickedJob?.explanation.job }]
      : []),
  ];
  const chooser = (
    <RunPicker
      label="Another run"
      placeholder="Another run…"
      deploymentId={deploymentId}
      without={runId ? [runId] : []}
      onChange={setPicked}
      className="w-40!"
    />
  );
  return { baselines, chooser };
}
