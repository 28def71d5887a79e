import { Banner } from "@/design/banner";
import { Card } from "@/design/card";
import { DefinitionList } from "@/design/definition-list";
import { DifferenceTable } from "@/job-variables/difference-table";
import { differenceOf } from "@/job-variables/leaf-diff";
import { ValueText } from "@/job-variables/value-text";
import type { Schema } from "@/lib/api";

const LABELS: Record<string, string> = {
  command: "Command",
  pid: "Process",
  host: "Host",
  forked: "Forked",
  image_digest: "Image digest",
};

/** What a worker says that it really started, and where that is not what the job says. */
export function LaunchReport({ job }: { job: Schema["RunJob"] }) {
  if (!job.launch) return null;
  const facts = Object.entries(job.launch.started_as ?? {});
  return (
    <Card title="What the worker really started">
      <div className="flex flex-col gap-4">
        <DefinitionList
          columns={3}
          items={[
            { label: "Identifier", value: <ValueText value={job.launch.identifier} truncate={false} /> },
            ...facts.map(([name, value]) => ({
              label: LABELS[name] ?? name,
              value: <Fact value={value} />,
              wide: Array.isArray(value),
            })),
          ]}
        />
        {job.differences.length ? (
          <>
            <Banner tone="warning" title="It is not what the job says." />
            <DifferenceTable
              label="Where the launch differs from the job"
              differences={job.differences.map(differenceOf)}
              before="Job"
              after="Started"
              withLayers={false}
            />
          </>
        ) : (
          <p className="text-sm text-muted">It is what the job says.</p>
        )}
      </div>
    </Card>
  );
}

function Fact({ value }: { value: unknown }) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  const text = Array.isArray(value) ? value.map(String).join(" ") : value;
  return typeof text === "string" ? (
    <span className="font-mono text-sm break-all">{text}</span>
  ) : (
    <ValueText value={text} truncate={false} />
  );
}
