import { CopyButton } from "@/design/copy-button";
import { DefinitionList, KeyValueList } from "@/design/definition-list";
import { Time } from "@/design/time";
import type { RunDetail } from "./queries";

/** Ids, versions and labels: for support, and for whoever follows a run into its infrastructure. */
export function RunDetails({ detail }: { detail: RunDetail }) {
  const { run } = detail;
  const labels = Object.entries(run.labels ?? {});
  return (
    <div className="flex flex-col gap-6">
      <DefinitionList
        columns={3}
        items={[
          { label: "Run id", value: <Id id={run.id} /> },
          { label: "Created", value: <Time value={run.created} format="absolute" /> },
          { label: "Changed", value: <Time value={run.updated} format="absolute" /> },
          { label: "Flow version", value: run.flow_version },
          { label: "Deployment version", value: run.deployment_version },
          {
            label: "Infrastructure",
            value: run.infrastructure_pid ? <Id id={run.infrastructure_pid} /> : null,
          },
          { label: "Idempotency key", value: run.idempotency_key ? <Id id={run.idempotency_key} /> : false },
          { label: "Retries", value: String(run.empirical_policy.retries ?? 0) },
        ]}
      />
      <section aria-labelledby="labels">
        <h2 id="labels" className="mb-2 font-semibold">
          Labels
        </h2>
        <KeyValueList items={labels.map(([key, value]) => ({ key, value: String(value) }))} />
      </section>
    </div>
  );
}

function Id({ id }: { id: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="min-w-0 font-mono text-sm break-all">{id}</code>
      <CopyButton text={id} label="Copy" />
    </span>
  );
}
