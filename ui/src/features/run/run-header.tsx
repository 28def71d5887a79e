import { CopyButton } from "@/design/copy-button";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { StateBadge } from "@/design/state-badge";
import { RunActions } from "./actions";
import type { RunDetail } from "./queries";
import type { LinkTo } from "./subjects";

export function RunHeader({ detail, linkTo }: { detail: RunDetail; linkTo: LinkTo }) {
  const { run, flow } = detail;
  return (
    <PageHeader
      title={run.name}
      documentTitle={`${run.name} · ${flow.name}`}
      breadcrumb={[
        <TextLink key="runs" quiet to="/runs">
          Runs
        </TextLink>,
        linkTo(flow, true),
      ]}
      badge={
        <>
          <StateBadge type={run.state_type} name={run.state_name} size="medium" />
          <CopyButton text={run.id} label="Copy run id" />
        </>
      }
      meta={
        run.state?.message ? <span className="break-words text-text">{run.state.message}</span> : undefined
      }
      actions={<RunActions detail={detail} />}
    />
  );
}
