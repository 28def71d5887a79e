import { useLocation } from "@tanstack/react-router";
import { memo, useState } from "react";
import { Card } from "@/design/card";
import { CodeBlock } from "@/design/code-block";
import { CopyButton } from "@/design/copy-button";
import { Segmented } from "@/design/segmented";
import { type Json, printJson } from "@/lib/exact-json";
import { stringifySearch } from "@/lib/search";
import { cliCommand, curlCommand, pythonCall } from "./commands";
import { bodyOf, type RunDraft } from "./draft";
import { searchOf, withoutSecrets } from "./keeping";
import { createRunUrl } from "./queries";

interface CopyAsProps {
  fullName: string;
  deploymentId: string;
  draft: RunDraft;
  schema: Json;
}

type Kind = "cli" | "python" | "curl";

/** The same run for a terminal, a script or a colleague. */
export const CopyAs = memo(function CopyAs({ fullName, deploymentId, draft, schema }: CopyAsProps) {
  const [kind, setKind] = useState<Kind>("cli");
  const { pathname } = useLocation();
  const open = withoutSecrets(draft, schema);
  const command = {
    cli: () => cliCommand(fullName, open),
    python: () => pythonCall(fullName, open),
    curl: () => curlCommand(createRunUrl(deploymentId), open),
  }[kind]();
  const isShort = printJson(bodyOf(open)) !== printJson(bodyOf(draft));
  const link = () => `${location.origin}${pathname}${stringifySearch(searchOf(draft, schema))}`;
  return (
    <Card title="Copy as" actions={<CopyButton text={link} label="Copy link to this draft" showLabel />}>
      <div className="flex flex-col gap-2">
        <Segmented
          label="Copy as"
          hideLabel
          value={kind}
          onChange={(next) => setKind(next as Kind)}
          options={[
            { value: "cli", label: "CLI" },
            { value: "python", label: "Python" },
            { value: "curl", label: "curl" },
          ]}
        />
        <CodeBlock
          code={command.text}
          label={kind === "python" ? "Python" : "command"}
          wrap
          className="max-h-80"
        />
        {isShort ? <p className="text-sm text-warning">Secrets that were typed are left out.</p> : null}
        {command.missing.length ? (
          <p className="text-sm text-warning">
            It can't say {command.missing.join(" and ")}; use curl for that.
          </p>
        ) : null}
      </div>
    </Card>
  );
});
