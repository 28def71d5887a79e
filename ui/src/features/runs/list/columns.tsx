import { Chip } from "@/design/chip";
import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { StateBadge } from "@/design/state-badge";
import { Duration, Time } from "@/design/time";
import { Tooltip } from "@/design/tooltip";
import { duration, maker } from "@/lib/format";
import type { RunRow } from "./queries";

const LATE_FROM_SECONDS = 15;
/** On a narrower screen some columns, and tags, are shown only to those who ask for them. */
const IS_WIDE = globalThis.matchMedia?.("(min-width: 96rem)").matches ?? true;
const SHOWN_TAGS = IS_WIDE ? 2 : 1;
const WORTH_A_MESSAGE = new Set(["FAILED", "CRASHED", "PAUSED", "CANCELLED"]);

/** Who made a run, in words. */
export function creatorOf(run: RunRow): string | undefined {
  if (run.auto_scheduled) return "Schedule";
  if (run.parent_task_run_id) return "Parent run";
  return maker(run.created_by);
}

const deploymentOf = (run: RunRow) => run.deployment_name ?? undefined;
const placeOf = (run: RunRow) =>
  run.work_pool_name ? `${run.work_pool_name} / ${run.work_queue_name ?? ""}` : undefined;

function Nothing() {
  return <span className="text-muted">–</span>;
}

export const RUN_COLUMNS: Column<RunRow>[] = [
  {
    id: "state",
    header: "State",
    width: 148,
    required: true,
    value: (run) => run.state_name,
    cell: (run) => (
      <StateBadge
        type={run.state_type}
        name={run.state_name}
        detail={WORTH_A_MESSAGE.has(run.state_type ?? "") ? run.state_message : undefined}
      />
    ),
  },
  {
    id: "name",
    header: "Run",
    minWidth: 130,
    required: true,
    sortable: true,
    value: (run) => run.name,
    cell: (run) => (
      <TextLink quiet to="/runs/$id" params={{ id: run.id }}>
        {run.name}
      </TextLink>
    ),
  },
  {
    id: "flow",
    header: "Flow",
    minWidth: 108,
    value: (run) => run.flow_name,
    cell: (run) => (
      <TextLink quiet to="/flows/$id" params={{ id: run.flow_id }} className="font-normal!">
        {run.flow_name}
      </TextLink>
    ),
  },
  {
    id: "deployment",
    header: "Deployment",
    minWidth: 110,
    value: deploymentOf,
    cell: (run) =>
      run.deployment_id ? (
        <TextLink quiet to="/deployments/$id" params={{ id: run.deployment_id }} className="font-normal!">
          {run.deployment_name}
        </TextLink>
      ) : (
        <Nothing />
      ),
  },
  {
    id: "pool",
    header: "Pool / queue",
    minWidth: 104,
    value: placeOf,
    cell: (run) =>
      run.work_pool_name ? (
        <>
          <TextLink
            quiet
            to="/work-pools/$name"
            params={{ name: run.work_pool_name }}
            className="font-normal!"
          >
            {run.work_pool_name}
          </TextLink>
          {run.work_queue_name && run.work_queue_name !== "default" ? (
            <span className="text-muted"> / {run.work_queue_name}</span>
          ) : null}
        </>
      ) : (
        <Nothing />
      ),
  },
  {
    id: "expected",
    header: "Expected",
    width: 108,
    sortable: true,
    firstDirection: "desc",
    hint: "When it was to start, or is",
    value: (run) => run.expected_start_time,
    cell: (run) => <Time value={run.expected_start_time} />,
  },
  {
    id: "start",
    header: "Started",
    width: 112,
    sortable: true,
    firstDirection: "desc",
    hidden: true,
    value: (run) => run.start_time,
    cell: (run) => <Time value={run.start_time} />,
  },
  {
    id: "end",
    header: "Ended",
    width: 112,
    sortable: true,
    firstDirection: "desc",
    hidden: true,
    value: (run) => run.end_time,
    cell: (run) => <Time value={run.end_time} />,
  },
  {
    id: "duration",
    header: "Duration",
    width: 118,
    align: "right",
    hint: "How long it has run, without what it waited",
    value: (run) => run.estimated_run_time,
    cell: (run) => (run.start_time ? <RunDuration run={run} /> : <Nothing />),
  },
  {
    id: "late",
    header: "Late by",
    width: 96,
    hidden: !IS_WIDE,
    align: "right",
    hint: "How much later than expected it started, or has not started yet",
    value: (run) => run.estimated_start_time_delta,
    cell: (run) =>
      run.estimated_start_time_delta >= LATE_FROM_SECONDS ? (
        <span className="text-warning tabular-nums">{lateness(run.estimated_start_time_delta)}</span>
      ) : (
        <Nothing />
      ),
  },
  {
    id: "overrides",
    header: "Overrides",
    width: 100,
    hint: "Job variables that the run itself sets",
    value: (run) => run.overrides.join(", "),
    cell: (run) => (run.overrides.length > 0 ? <Overrides names={run.overrides} /> : <Nothing />),
  },
  {
    id: "tags",
    header: "Tags",
    minWidth: 104,
    value: (run) => run.tags.join(", "),
    cell: (run) => <Tags tags={run.tags} />,
  },
  {
    id: "created",
    header: "Created by",
    width: 112,
    hidden: !IS_WIDE,
    value: creatorOf,
    cell: (run) => creatorOf(run) ?? <Nothing />,
  },
];

/** Beyond a minute nobody counts seconds. */
function lateness(seconds: number): string {
  return duration(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60);
}

function RunDuration({ run }: { run: RunRow }) {
  const isRunning = run.state_type === "RUNNING" || run.state_type === "CANCELLING";
  if (!isRunning || run.run_count > 1) return <Duration seconds={run.estimated_run_time} />;
  return <Duration since={run.start_time} />;
}

function Overrides({ names }: { names: readonly string[] }) {
  const [only] = names;
  return (
    <Tooltip text={`The run sets ${names.join(", ")}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it stands for is told in its tooltip */}
      <span tabIndex={0} className="inline-flex max-w-full rounded-md align-middle">
        <Chip tone="accent" mono className="truncate">
          {names.length === 1 ? only : `${names.length} set`}
        </Chip>
      </span>
    </Tooltip>
  );
}

function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return <Nothing />;
  const more = tags.length - SHOWN_TAGS;
  return (
    <span
      className="inline-flex max-w-full gap-1 align-middle"
      title={more > 0 ? tags.join(", ") : undefined}
    >
      {tags.slice(0, SHOWN_TAGS).map((tag) => (
        <Chip key={tag}>{tag}</Chip>
      ))}
      {more > 0 ? <Chip>+{more}</Chip> : null}
    </span>
  );
}
