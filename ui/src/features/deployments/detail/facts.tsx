import { Card } from "@/design/card";
import { DefinitionList } from "@/design/definition-list";
import { Time } from "@/design/time";
import type { Deployment } from "../queries";

/** Where its code is and when it was made. */
export function DeploymentFacts({ deployment }: { deployment: Deployment }) {
  const { description, entrypoint, path, pull_steps: steps, labels } = deployment;
  const named = Object.entries(labels);
  return (
    <Card title="About">
      <DefinitionList
        columns={4}
        items={[
          {
            label: "Description",
            wide: true,
            value: description ? <span className="whitespace-pre-wrap">{description}</span> : false,
          },
          { label: "Entrypoint", wide: true, value: entrypoint ? <Code>{entrypoint}</Code> : null },
          { label: "Code in", wide: true, value: path ? <Code>{path}</Code> : false },
          {
            label: "Pulled by",
            wide: true,
            value: steps?.length ? (
              <Code>{steps.flatMap((step) => Object.keys(step)).join(", ")}</Code>
            ) : (
              false
            ),
          },
          {
            label: "Labels",
            wide: true,
            value: named.length ? (
              <Code>{named.map(([key, value]) => `${key}=${value}`).join(", ")}</Code>
            ) : (
              false
            ),
          },
          {
            label: "Parameters",
            value: deployment.enforce_parameter_schema ? "checked against the schema" : "not checked",
          },
          {
            label: "Last polled",
            value: deployment.last_polled ? <Time value={deployment.last_polled} /> : false,
          },
          { label: "Updated", value: <Time value={deployment.updated} /> },
          { label: "Created", value: <Time value={deployment.created} /> },
          { label: "Created by", value: deployment.created_by?.display_value ?? false },
        ]}
      />
    </Card>
  );
}

function Code({ children }: { children: string }) {
  return <code className="font-mono text-sm break-all">{children}</code>;
}
