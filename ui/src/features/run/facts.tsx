import { Chip } from "@/design/chip";
import { type Definition, DefinitionList } from "@/design/definition-list";
import { Duration, Time } from "@/design/time";
import { duration, maker, plural } from "@/lib/format";
import type { RunDetail, Subject } from "./queries";
import { type LinkTo, SubjectList } from "./subjects";

const ORIGINS: Record<string, string> = { cli: "command line", ui: "web UI", sdk: "Python", rest: "API" };

/** What the run belongs to, when it ran, who runs it and what it occupies. */
export function RunFacts({ detail, linkTo }: { detail: RunDetail; linkTo: LinkTo }) {
  return (
    <DefinitionList
      columns={6}
      items={[...places(detail, linkTo), ...times(detail), ...owner(detail, linkTo)]}
    />
  );
}

function places({ run, flow, deployment, parent }: RunDetail, linkTo: LinkTo): Definition[] {
  const pool: Subject | null =
    run.work_pool_name && run.work_pool_id
      ? { kind: "work_pool", id: run.work_pool_id, name: run.work_pool_name, within: null }
      : null;
  const queue: Subject | null =
    pool && run.work_queue_name && run.work_queue_id
      ? { kind: "work_queue", id: run.work_queue_id, name: run.work_queue_name, within: pool.name }
      : null;
  return [
    { label: "Flow", value: linkTo(flow) },
    {
      label: "Deployment",
      value: deployment ? linkTo(deployment) : pool ? "none: it was deleted" : "none: started by hand",
    },
    {
      label: "Work pool",
      value: pool ? (
        <>
          {linkTo(pool)}
          {queue ? <> / {linkTo(queue)}</> : null}
        </>
      ) : (
        false
      ),
    },
    { label: "Parent run", value: parent ? linkTo(parent) : false },
  ];
}

function times({ run }: RunDetail): Definition[] {
  const isRunning = run.state_type === "RUNNING";
  const late = run.estimated_start_time_delta ?? 0;
  return [
    run.start_time
      ? {
          label: run.end_time ? "Started – ended" : "Started",
          value: (
            <>
              <span className="whitespace-nowrap">
                <Time value={run.start_time} format="brief" />
                {run.end_time ? " –" : null}
              </span>
              {run.end_time ? (
                <>
                  {" "}
                  <Time value={run.end_time} format="brief" />
                </>
              ) : null}
            </>
          ),
        }
      : { label: "Expected", value: <Time value={run.expected_start_time} /> },
    {
      label: "Duration",
      value:
        isRunning && run.state ? (
          <Duration since={run.run_count === 1 ? run.start_time : run.state.timestamp} />
        ) : (
          duration(run.estimated_run_time || (run.start_time ? 0 : null))
        ),
    },
    { label: "Started late by", value: run.start_time && late >= 1 ? duration(late) : false },
    { label: "Attempt", value: (run.run_count ?? 0) > 1 ? String(run.run_count) : false },
  ];
}

function owner({ run, holdings, origin }: RunDetail, linkTo: LinkTo): Definition[] {
  const held = holdings ?? [];
  const owned = held.filter(({ kind }) => kind !== "slot");
  const limits = held.flatMap(({ counts_towards }) => counts_towards ?? []);
  const distinct = limits.filter(({ id }, at) => limits.findIndex((other) => other.id === id) === at);
  const creator = maker(run.created_by);
  return [
    ...owned.map((lease) => ({
      label: "Run by",
      value: (
        <>
          {lease.holder}
          <span className="block text-sm text-muted">
            since <Time value={lease.acquired} />, lease ends <Time value={lease.expires} />
          </span>
        </>
      ),
    })),
    {
      label: "Counts towards the limits of",
      value: distinct.length > 0 ? <SubjectList subjects={distinct} linkTo={linkTo} /> : false,
    },
    {
      label: "Created by",
      value: creator ?? (origin ? (ORIGINS[origin] ?? origin) : run.auto_scheduled ? "schedule" : false),
    },
    {
      label: plural(run.tags?.length ?? 0, "tag")
        .replace(/^\d+ /, "")
        .replace(/^t/, "T"),
      value: run.tags?.length ? (
        <span className="flex flex-wrap gap-1">
          {run.tags.map((tag) => (
            <Chip key={tag}>{tag}</Chip>
          ))}
        </span>
      ) : (
        false
      ),
    },
  ];
}
