import { CopyButton } from "@/design/copy-button";
import { type Definition, DefinitionList } from "@/design/definition-list";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { StateBadge } from "@/design/state-badge";
import { Duration, Time } from "@/design/time";
import { duration } from "@/lib/format";
import type { TaskDetail } from "./queries";
import type { LinkTo } from "./subjects";

export function TaskHeader({ detail, linkTo }: { detail: TaskDetail; linkTo: LinkTo }) {
  const { run, flow_run: parent } = detail;
  return (
    <PageHeader
      title={run.name}
      documentTitle={parent ? `${run.name} · ${parent.name}` : run.name}
      breadcrumb={[
        <TextLink key="runs" quiet to="/runs">
          Runs
        </TextLink>,
        ...(parent ? [linkTo(parent, true)] : []),
      ]}
      badge={
        <>
          <StateBadge type={run.state_type} name={run.state_name} size="medium" />
          <CopyButton text={run.id} label="Copy task run id" />
        </>
      }
      meta={
        run.state?.message ? <span className="break-words text-text">{run.state.message}</span> : undefined
      }
    />
  );
}

export function TaskFacts({ detail, linkTo }: { detail: TaskDetail; linkTo: LinkTo }) {
  const { run, flow_run: parent, child } = detail;
  const policy = run.empirical_policy;
  const retries = policy.retries ?? policy.max_retries ?? 0;
  const items: Definition[] = [
    { label: "Flow run", value: parent ? linkTo(parent) : "none: it was called outside a flow" },
    { label: "Stands for the subflow run", value: child ? linkTo(child) : false },
    run.start_time
      ? { label: "Started", value: <Time value={run.start_time} format="brief" /> }
      : { label: "Expected", value: <Time value={run.expected_start_time} /> },
    { label: "Ended", value: run.end_time ? <Time value={run.end_time} format="brief" /> : false },
    {
      label: "Duration",
      value:
        run.state_type === "RUNNING" ? (
          <Duration since={run.state?.timestamp} />
        ) : (
          duration(run.start_time ? run.estimated_run_time : null)
        ),
    },
    { label: "Attempt", value: `${run.run_count ?? 0} of at most ${retries + 1}` },
  ];
  return <DefinitionList columns={6} items={items} />;
}
