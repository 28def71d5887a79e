import { CircleAlert, CircleCheck, Play } from "lucide-react";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { ErrorState } from "@/design/error-state";
import { Keys } from "@/design/kbd";
import { Spinner } from "@/design/spinner";
import { keySteps } from "@/lib/keys";
import type { PlacedProblem } from "./draft";
import type { Checked } from "./use-check";

interface RunPanelProps {
  problems: readonly PlacedProblem[];
  reason: string | undefined;
  checked: Checked;
  isLater: boolean;
  isMaking: boolean;
  onRun: () => void;
  onProblem: (problem: PlacedProblem) => void;
}

const PLACES: Readonly<Record<PlacedProblem["place"], string>> = {
  parameters: "Parameters",
  job_variables: "Job variables",
  startAt: "Start",
  retries: "Retries",
  retryDelay: "Retries",
  name: "Name",
  workQueue: "Work queue",
  other: "Run",
};

/** The button, and what stands in its way. */
export function RunPanel({ problems, reason, checked, isLater, isMaking, onRun, onProblem }: RunPanelProps) {
  return (
    <Card>
      <div className="flex flex-col gap-3">
        <div className="flex items-center gap-3">
          <Button kind="primary" icon={Play} busy={isMaking} disabledReason={reason} onClick={onRun}>
            {isLater ? "Schedule run" : "Run"}
          </Button>
          <Keys steps={keySteps("mod+Enter")} />
          <Verdict problems={problems.length} checked={checked} />
        </div>
        {checked.error && !checked.checking ? (
          <ErrorState
            compact
            error={checked.error}
            title="The run can't be checked."
            onRetry={checked.retry}
          />
        ) : null}
        {problems.length ? (
          <ul aria-label="Problems" className="flex max-h-64 flex-col gap-0.5 overflow-y-auto">
            {problems.map((problem, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two problems may say the same of a place
              <li key={`${problem.place}.${problem.path}.${index}`}>
                <button
                  type="button"
                  onClick={() => onProblem(problem)}
                  className="flex w-full items-start gap-2 rounded-md px-1.5 py-1 text-left text-sm hover:bg-hover"
                >
                  <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0 text-danger" />
                  <span className="min-w-0 break-words">
                    <span className="text-muted">{PLACES[problem.place]}</span>{" "}
                    {problem.path ? <code className="font-mono">{problem.path}</code> : null}{" "}
                    {problem.message} {problem.hint}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </Card>
  );
}

function Verdict({ problems, checked }: { problems: number; checked: Checked }) {
  const { check, checking } = checked;
  return (
    <p role="status" className="ml-auto flex min-w-0 items-center gap-1.5 text-sm">
      {check === undefined || (checking && problems === 0) ? (
        checking ? (
          <>
            <Spinner /> <span className="text-muted">Checking…</span>
          </>
        ) : null
      ) : problems ? (
        <>
          <CircleAlert aria-hidden className="size-4 text-danger" />
          {problems === 1 ? "1 problem" : `${problems} problems`}
        </>
      ) : (
        <>
          <CircleCheck aria-hidden className="size-4 text-success" /> Ready
        </>
      )}
    </p>
  );
}
