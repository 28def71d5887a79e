import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { Card } from "@/design/card";
import { CodeBlock } from "@/design/code-block";
import { cx } from "@/design/cx";
import { LinkButton } from "@/design/link";
import { useLiveRefresh } from "@/lib/live-refresh";
import { firstStepsQuery, type Overview } from "./queries";
import { doneSteps, type Step, stepsFor } from "./steps";

const LIVE_MS = 1500;

/** How to begin: five steps, each ticked off when the server sees that it is done. */
export function Welcome({
  overview,
  server,
  asksForCredential,
  onDone,
}: {
  overview: Overview;
  server: string;
  /** Whether commands need the credential that somebody signed in here with. */
  asksForCredential?: boolean | undefined;
  onDone?: (() => void) | undefined;
}) {
  const { data, refetch } = useQuery(firstStepsQuery);
  useLiveRefresh(
    ["work_pools", "workers", "flows", "deployments", "flow_runs"],
    LIVE_MS,
    () => void refetch(),
  );
  const done = doneSteps({
    pools: data?.pool ? 1 : overview.pools.length,
    workers: overview.workers_online,
    deployments: data?.deployment !== undefined,
    completed: data?.completed !== undefined,
  });
  const steps = stepsFor(server, asksForCredential);
  const next = steps.find(({ id }) => !done.has(id))?.id;
  return (
    <Card
      title={next ? "Begin here" : "That was your first run"}
      actions={
        <span className="text-sm text-muted tabular-nums">
          {done.size} of {steps.length} done
        </span>
      }
      className="max-w-3xl"
    >
      <p className="mb-4 text-muted">
        Five commands from nothing to a run that you can follow here. Each step is ticked off as it happens.
      </p>
      <ol className="flex flex-col gap-5">
        {steps.map((step, index) => (
          <StepItem
            key={step.id}
            step={step}
            number={index + 1}
            isDone={done.has(step.id)}
            isNext={step.id === next}
          />
        ))}
      </ol>
      {data?.completed ? (
        <div className="mt-5 flex flex-wrap gap-2">
          <LinkButton kind="primary" to="/runs/$id" params={{ id: data.completed.id }}>
            Look at the run
          </LinkButton>
          {onDone ? (
            <LinkButton to="/" search={{}} onClick={onDone}>
              Go on to Home
            </LinkButton>
          ) : null}
        </div>
      ) : null}
    </Card>
  );
}

function StepItem({
  step,
  number,
  isDone,
  isNext,
}: {
  step: Step;
  number: number;
  isDone: boolean;
  isNext: boolean;
}) {
  return (
    <li aria-current={isNext ? "step" : undefined} className="flex gap-3">
      <span
        className={cx(
          "mt-0.5 flex size-6 shrink-0 items-center justify-center rounded-full text-sm font-semibold tabular-nums",
          isDone
            ? "bg-success-soft text-success"
            : isNext
              ? "bg-accent text-on-accent"
              : "bg-sunken text-muted",
        )}
      >
        {isDone ? <Check role="img" aria-label="Done" className="size-4" /> : number}
      </span>
      <div className="min-w-0 grow">
        <h3 className="font-semibold">{step.title}</h3>
        <p className="mb-1.5 text-sm text-muted">{step.hint}</p>
        <CodeBlock
          code={step.code}
          label={step.id === "flow" ? "hello.py" : "command"}
          command={step.command}
        />
      </div>
    </li>
  );
}
