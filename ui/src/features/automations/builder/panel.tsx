import { CircleAlert, CircleCheck, Save } from "lucide-react";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { ErrorState } from "@/design/error-state";
import { Keys } from "@/design/kbd";
import { Spinner } from "@/design/spinner";
import { keySteps } from "@/lib/keys";
import type { Checked } from "./use-check";

interface BuilderPanelProps {
  sentence: string;
  checked: Checked;
  isSaving: boolean;
  onSave: () => void;
}

/** The sentence that the automation has become, the button, and what stands in its way. */
export function BuilderPanel({ sentence, checked, isSaving, onSave }: BuilderPanelProps) {
  const { problems, reason, failure, retry } = checked;
  return (
    <Card>
      <div className="flex min-w-0 flex-col gap-3">
        <p className="break-words">{sentence}</p>
        <div className="flex flex-wrap items-center gap-3">
          <Button kind="primary" icon={Save} busy={isSaving} disabledReason={reason} onClick={onSave}>
            Save
          </Button>
          <Keys steps={keySteps("mod+Enter")} />
          <Verdict checked={checked} />
        </div>
        {failure ? <ErrorState compact error={failure} title="It can't be checked." onRetry={retry} /> : null}
        {problems.length ? (
          <ul aria-label="Problems" className="flex max-h-64 flex-col gap-1 overflow-y-auto text-sm">
            {problems.map(({ path, message, hint }) => (
              <li key={path + message} className="flex items-start gap-2">
                <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0 text-danger" />
                <span className="min-w-0 break-words">
                  {path ? <code className="font-mono">{path}</code> : null} {message} {hint}
                </span>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </Card>
  );
}

function Verdict({ checked: { problems, checking, failure, reason } }: { checked: Checked }) {
  return (
    <p role="status" className="ml-auto flex min-w-0 items-center gap-1.5 text-sm">
      {failure ? null : checking && !problems.length ? (
        <>
          <Spinner /> <span className="text-muted">Checking…</span>
        </>
      ) : problems.length ? (
        <>
          <CircleAlert aria-hidden className="size-4 text-danger" />
          {problems.length === 1 ? "1 problem" : `${problems.length} problems`}
        </>
      ) : reason === undefined ? (
        <>
          <CircleCheck aria-hidden className="size-4 text-success" /> Ready
        </>
      ) : null}
    </p>
  );
}
