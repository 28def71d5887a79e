import { CircleCheck, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Card } from "@/design/card";
import { CopyButton } from "@/design/copy-button";
import { cx } from "@/design/cx";
import { LinkButton, TextLink } from "@/design/link";
import { StateIcon } from "@/design/state-badge";
import { Time } from "@/design/time";
import { plural } from "@/lib/format";
import { nextStepOf } from "./next-step";
import type { Attention, Subject } from "./queries";

const KINDS: Record<Attention["kind"], string> = {
  late: "Late",
  stuck: "Stuck",
  failing: "Failing",
  starved: "Limit reached",
  no_worker: "No worker",
};
const SEVERITIES = {
  critical: { icon: OctagonAlert, ink: "text-danger", edge: "border-l-danger", label: "Critical" },
  warning: { icon: TriangleAlert, ink: "text-warning", edge: "border-l-warning", label: "Warning" },
} as const;

interface AttentionListProps {
  cases: readonly Attention[];
  count: number;
  /** A link to the page of a subject. */
  linkTo: (subject: Subject, children: ReactNode) => ReactNode;
}

/** What needs somebody: each case with what is wrong, since when, and what to do next. */
export function AttentionList({ cases, count, linkTo }: AttentionListProps) {
  return (
    <Card
      flush
      title={
        <span className="flex items-baseline gap-2">
          Needs attention
          {count > 0 ? <span className="text-sm font-normal text-muted tabular-nums">{count}</span> : null}
        </span>
      }
    >
      {cases.length === 0 ? (
        <p className="flex items-center gap-2 px-4 py-5 text-muted">
          <CircleCheck aria-hidden className="size-4.5 text-success" />
          Nothing. No run is late or stuck, and no deployment fails again and again.
        </p>
      ) : (
        <ul className="flex flex-col [&>li+li]:border-t [&>li+li]:border-t-line">
          {cases.map((each) => (
            <Case key={`${each.kind} ${each.subject.kind} ${each.subject.id}`} each={each} linkTo={linkTo} />
          ))}
        </ul>
      )}
      {count > cases.length ? (
        <p className="border-t border-line px-4 py-2 text-sm text-muted">
          The {cases.length} most urgent of {count}.
        </p>
      ) : null}
    </Card>
  );
}

function Case({ each, linkTo }: { each: Attention; linkTo: AttentionListProps["linkTo"] }) {
  const { icon: Icon, ink, edge, label } = SEVERITIES[each.severity];
  const step = nextStepOf(each);
  const more = each.count - each.runs.length;
  return (
    <li className={cx("flex flex-wrap items-start gap-x-4 gap-y-2 border-l-3 py-3 pr-4 pl-3.5", edge)}>
      <div className="min-w-0 grow basis-80">
        <p className="flex flex-wrap items-center gap-x-2 text-sm">
          <Icon role="img" aria-label={label} className={cx("size-4 shrink-0", ink)} />
          <span className={cx("font-semibold", ink)}>{KINDS[each.kind]}</span>
          <span className="min-w-0 truncate">{linkTo(each.subject, nameOf(each.subject))}</span>
          {each.since ? (
            <span className="text-muted">
              for <Time value={each.since} format="elapsed" />
            </span>
          ) : null}
        </p>
        <p className="mt-1 break-words">{each.text}</p>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-1.5 text-sm text-muted">
          {step.advice}
          {step.command ? (
            <span className="inline-flex min-w-0 items-center gap-1">
              <code className="min-w-0 rounded-sm bg-sunken px-1.5 py-0.5 font-mono break-words text-text">
                {step.command}
              </code>
              <CopyButton text={step.command} label="Copy the command" />
            </span>
          ) : null}
        </p>
        <ul aria-label="Runs" className="mt-1.5 flex flex-wrap gap-x-4 gap-y-1 text-sm">
          {each.runs.map((run) => (
            <li key={run.id} className="flex items-center gap-1.5">
              <StateIcon type={run.state_type} name={run.state_name} className="size-3.5" />
              <TextLink quiet to="/runs/$id" params={{ id: run.id }} className="font-normal!">
                {run.name}
              </TextLink>
            </li>
          ))}
          {more > 0 ? (
            <li>
              <TextLink to="/runs" search={{ q: step.runs }}>
                and {plural(more, "more", "more")}
              </TextLink>
            </li>
          ) : null}
        </ul>
      </div>
      <LinkButton size="small" to="/runs" search={{ q: step.runs }}>
        {step.label}
      </LinkButton>
    </li>
  );
}

/** "flow/deployment", "queue of pool", or the name alone. */
export function nameOf({ kind, name, within }: Subject): string {
  if (!within) return name;
  return kind === "deployment" || kind === "work_queue" ? `${within}/${name}` : name;
}
