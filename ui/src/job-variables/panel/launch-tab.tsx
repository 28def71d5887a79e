import { CodeBlock } from "@/design/code-block";
import { DefinitionList } from "@/design/definition-list";
import { plural } from "@/lib/format";
import type { JobSpec, Json } from "../json";
import { environmentOf, textAt } from "../launch-preview";
import { toYaml } from "../yaml";
import { Command } from "./command-tab";
import { maskedCopy } from "./resolved-tab";

/** What the worker will start: a process, or what another type of worker is handed as a manifest. */
export function LaunchTab({ job, poolType }: { job: JobSpec; poolType: string | undefined }) {
  if (poolType !== undefined && poolType !== "process") {
    return (
      <div className="flex flex-col gap-2">
        <p className="text-sm text-muted">
          A worker of the type <code className="font-mono">{poolType}</code> is handed this:
        </p>
        <CodeBlock code={toYaml(maskedCopy(job.job_configuration as Json)).trimEnd()} label="manifest" wrap />
      </div>
    );
  }
  const directory = textAt(job, "working_dir");
  const env = environmentOf(job).length;
  const unset = job.unset_environment?.length ?? 0;
  const streams = job.job_configuration.stream_output !== false;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-sm text-muted">A worker of the type process starts, on its own machine:</p>
      <DefinitionList
        columns={1}
        items={[
          { label: "Command", value: <Command job={job} /> },
          {
            label: "Working directory",
            value: directory ? (
              <code className="font-mono text-sm break-all">{directory}</code>
            ) : (
              "A new directory, removed after the run"
            ),
          },
          {
            label: "Environment",
            value: `The worker’s own, ${plural(env, "variable")} on top${unset ? `, ${unset} taken away` : ""}`,
          },
          {
            label: "Output",
            value: streams ? "Also to the worker’s own output" : "Kept out of the worker’s own output",
          },
        ]}
      />
    </div>
  );
}
