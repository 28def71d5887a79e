import { useQuery } from "@tanstack/react-query";
import { Dices } from "lucide-react";
import { memo } from "react";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { Chip } from "@/design/chip";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { TextField } from "@/design/text-field";
import type { Schema } from "@/lib/api";
import type { PlacedProblem, RunDraft } from "./draft";
import { queuesQuery } from "./queries";
import { StartTime } from "./start-time";
import { TagsField } from "./tags-field";

interface DetailsProps {
  draft: RunDraft;
  change: (part: Partial<RunDraft>) => void;
  problems: readonly PlacedProblem[];
  deployment: Schema["DeploymentResponse"];
}

const OWN_QUEUE = "(deployment)";

/** All of a run but its parameters and job variables; drawn again when something of its own has changed. */
export const Details = memo(AllDetails, (before, after) => {
  const own = ({ draft, problems, deployment }: DetailsProps) => {
    const { parameters, jobVariables, unfinished, ...rest } = draft;
    return JSON.stringify([
      rest,
      problems.filter(({ place }) => place !== "parameters"),
      deployment.id,
      deployment.updated,
    ]);
  };
  return own(before) === own(after);
});

function AllDetails({ draft, change, problems, deployment }: DetailsProps) {
  const { data: queues } = useQuery(queuesQuery(deployment.work_pool_name));
  const wrong = (place: PlacedProblem["place"]) => problems.find((each) => each.place === place)?.message;
  const own = deployment.work_queue_name ?? "default";
  const others = new Set(
    [...(queues ?? []).map(({ name }) => name), draft.workQueue].filter((name) => name && name !== own),
  );
  return (
    <Card title="Details">
      <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
        <div id="run-name">
          <Field label="Run name" error={wrong("name")}>
            <TextField
              value={draft.name}
              autoComplete="off"
              placeholder="Two friendly words"
              onChange={(name) => change({ name })}
            />
          </Field>
        </div>
        <TagsField tags={draft.tags} inherited={deployment.tags} onChange={(tags) => change({ tags })} />
        <div id="run-startAt" className="sm:col-span-2">
          <StartTime
            value={draft.startAt}
            error={wrong("startAt")}
            onChange={(startAt) => change({ startAt })}
          />
        </div>
        <div className="sm:col-span-2">
          <Field label="Message" hint="Stands at the run's first state: why it is run.">
            <TextField value={draft.message} autoComplete="off" onChange={(message) => change({ message })} />
          </Field>
        </div>
        {deployment.work_pool_name ? (
          <div id="run-workQueue">
            <Field
              label="Work queue"
              error={wrong("workQueue")}
              hint={`Of the pool ${deployment.work_pool_name}.`}
            >
              <Select
                value={draft.workQueue || OWN_QUEUE}
                onChange={(name) => change({ workQueue: name === OWN_QUEUE ? "" : name })}
                options={[
                  { value: OWN_QUEUE, label: `${own} (deployment)` },
                  ...[...others].map((name) => ({ value: name, label: name })),
                ]}
              />
            </Field>
          </div>
        ) : null}
        <div id="run-retries" className="grid grid-cols-2 gap-3">
          <Field label="Retries" error={wrong("retries")}>
            <TextField
              value={draft.retries}
              inputMode="numeric"
              autoComplete="off"
              placeholder="(flow's)"
              onChange={(retries) => change({ retries })}
            />
          </Field>
          <Field label="Delay in seconds" error={wrong("retryDelay")}>
            <TextField
              value={draft.retryDelay}
              inputMode="numeric"
              autoComplete="off"
              placeholder="(flow's)"
              onChange={(retryDelay) => change({ retryDelay })}
            />
          </Field>
        </div>
        <Field
          label="Idempotency key"
          hint="A second run with the key is the first one."
          className="sm:col-span-2"
          action={
            <Button
              size="small"
              kind="ghost"
              icon={Dices}
              className="-my-1"
              onClick={() => change({ idempotencyKey: randomKey() })}
            >
              Generate
            </Button>
          }
        >
          <TextField
            mono
            value={draft.idempotencyKey}
            autoComplete="off"
            spellCheck={false}
            onChange={(idempotencyKey) => change({ idempotencyKey })}
          />
        </Field>
        <Fixed deployment={deployment} />
      </div>
    </Card>
  );
}

/** `crypto.randomUUID` is only there on pages that came over HTTPS or from this machine. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function Fixed({ deployment }: { deployment: Schema["DeploymentResponse"] }) {
  if (!deployment.paused) return null;
  return (
    <p className="text-sm text-muted sm:col-span-2">
      <Chip tone="warning">paused</Chip> The deployment's schedules are paused; this run is made all the same.
    </p>
  );
}
