import { useState } from "react";
import { CodeBlock } from "@/design/code-block";
import { Segmented } from "@/design/segmented";
import { toYaml } from "@/job-variables/yaml";
import { plainOf, printJson } from "@/lib/exact-json";
import { draftFrom } from "../draft";
import type { Automation } from "../queries";

/** The automation as a file: what `penstock automation create --from-file` takes. */
export function AutomationText({ automation }: { automation: Automation }) {
  const [format, setFormat] = useState<"yaml" | "json">("yaml");
  const { value } = draftFrom(automation);
  const code = format === "json" ? printJson(value, 2) : toYaml(plainOf(value));
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <Segmented
        label="Format"
        hideLabel
        value={format}
        onChange={setFormat}
        options={[
          { value: "yaml", label: "YAML" },
          { value: "json", label: "JSON" },
        ]}
      />
      <CodeBlock code={code} label={`the automation as ${format.toUpperCase()}`} wrap />
    </div>
  );
}
