import { CircleAlert, CircleCheck, Clock, LoaderCircle } from "lucide-react";
import { Chip } from "@/design/chip";
import { JsonView } from "@/design/json-view";
import { TextLink } from "@/design/link";
import { Time } from "@/design/time";
import type { FiringAction } from "../queries";
import { actionPhrase, type NameOf } from "../words";

const LOOKS = {
  pending: { tone: "info", icon: Clock, label: "to be done" },
  running: { tone: "info", icon: LoaderCircle, label: "under way" },
  done: { tone: "success", icon: CircleCheck, label: "done" },
  failed: { tone: "danger", icon: CircleAlert, label: "failed" },
} as const;

interface ActionOutcomeProps {
  action: FiringAction;
  /** Which one it is, for screen readers: "action 1 of firing 2". */
  of: string;
  nameOf: NameOf;
}

/** One action of one firing: what was done, filled in as it was, and what came of it. */
export function ActionOutcome({ action, of, nameOf }: ActionOutcomeProps) {
  const { status, rendered, reason, outcome, flow_run_id, attempts, due } = action;
  const look = LOOKS[status];
  const phrase = actionPhrase({ ...action.action, ...rendered, type: action.type }, nameOf);
  const variables = partOf(rendered, "job_variables");
  const parameters = partOf(rendered, "parameters");
  return (
    <li className="flex min-w-0 flex-col gap-2 px-4 py-2.5">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Chip tone={look.tone} icon={look.icon}>
          {look.label}
        </Chip>
        <span className="min-w-0 break-words first-letter:uppercase">{phrase}</span>
        {flow_run_id ? (
          <TextLink to="/runs/$id" params={{ id: flow_run_id }}>
            Open the run
          </TextLink>
        ) : null}
        {attempts > 1 ? <span className="text-sm text-muted">{attempts} tries</span> : null}
        {status === "pending" && attempts > 0 ? (
          <span className="text-sm text-muted">
            tried again <Time value={due} />
          </span>
        ) : null}
      </p>
      {reason ? <p className="break-words text-danger">{reason}</p> : null}
      {variables ? <Part of={of} title="Job variables" value={variables} /> : null}
      {parameters ? <Part of={of} title="Parameters" value={parameters} /> : null}
      <details className="min-w-0 text-sm">
        <summary className="w-fit cursor-pointer rounded-sm text-muted hover:text-text">All of it</summary>
        <div className="mt-2 grid min-w-0 gap-3 lg:grid-cols-3">
          <Part of={of} title="As it was written" value={action.action} />
          <Part of={of} title="As it was filled in" value={rendered} />
          <Part of={of} title="What came of it" value={outcome} />
        </div>
      </details>
    </li>
  );
}

function partOf(rendered: FiringAction["rendered"], key: string): unknown {
  const part = rendered?.[key];
  return part && typeof part === "object" && Object.keys(part).length ? part : undefined;
}

function Part({ of, title, value }: { of: string; title: string; value: unknown }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <p className="text-sm text-muted">{title}</p>
      {value === null || value === undefined ? (
        <p className="text-sm text-muted">nothing</p>
      ) : (
        <JsonView value={value} label={`${title.toLowerCase()}, ${of}`} depth={3} />
      )}
    </div>
  );
}
