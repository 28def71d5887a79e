import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import { useMemo } from "react";
import { Banner } from "@/design/banner";
import { IconButton } from "@/design/button";
import { Card } from "@/design/card";
import { Checkbox } from "@/design/checkbox";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { StateBadge } from "@/design/state-badge";
import { Time } from "@/design/time";
import { DifferenceTable } from "@/job-variables/difference-table";
import { leafDiff } from "@/job-variables/leaf-diff";
import type { Schema } from "@/lib/api";
import { plural } from "@/lib/format";
import { runJobQuery, runQuery } from "./queries";
import { RunPicker } from "./run-picker";

export interface RunCompareProps {
  a: string | undefined;
  b: string | undefined;
  /** Equal leaves are shown too. */
  showEqual: boolean;
  onShowEqual: (show: boolean) => void;
  /** Another run is chosen for a side. */
  onChoose: (side: "a" | "b", runId: string) => void;
  onSwap: () => void;
}

/** The infrastructure of two runs, leaf by leaf, with who set each. */
export function RunCompare(props: RunCompareProps) {
  const { a, b, onChoose, onSwap } = props;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="grid grid-cols-1 items-center gap-3 md:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]">
        <Side label="First run" id={a} other={b} onChoose={(id) => onChoose("a", id)} />
        <IconButton
          icon={ArrowLeftRight}
          label="Swap the runs"
          onClick={onSwap}
          className="justify-self-center"
        />
        <Side label="Second run" id={b} other={a} onChoose={(id) => onChoose("b", id)} />
      </div>
      {a && b ? <Differences {...props} a={a} b={b} /> : <EmptyState title="Choose two runs to compare" />}
    </div>
  );
}

interface SideProps {
  label: string;
  id: string | undefined;
  other: string | undefined;
  onChoose: (id: string) => void;
}

function Side({ label, id, other, onChoose }: SideProps) {
  const { data } = useQuery({ ...runQuery(id ?? ""), enabled: id !== undefined });
  const run = id === undefined ? undefined : data;
  return (
    <Card className="min-w-0">
      <div className="flex min-w-0 flex-col gap-2">
        <RunPicker
          label={label}
          value={id}
          valueName={run?.name}
          without={other ? [other] : []}
          onChange={onChoose}
          placeholder={label}
        />
        {run ? <Facts run={run} /> : null}
      </div>
    </Card>
  );
}

function Facts({ run }: { run: Schema["FlowRunResponse"] }) {
  return (
    <p className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
      <TextLink to="/runs/$id" params={{ id: run.id }}>
        {run.name}
      </TextLink>
      {run.state ? <StateBadge type={run.state.type} name={run.state.name} /> : null}
      <Time value={run.start_time ?? run.expected_start_time} />
      {run.work_pool_name ? <span>pool {run.work_pool_name}</span> : null}
    </p>
  );
}

function Differences(props: RunCompareProps & { a: string; b: string }) {
  const { a, b, showEqual, onShowEqual } = props;
  const first = useQuery(runJobQuery(a));
  const second = useQuery(runJobQuery(b));
  const names = { a: useQuery(runQuery(a)).data?.name, b: useQuery(runQuery(b)).data?.name };
  const differences = useMemo(
    () =>
      first.data && second.data
        ? leafDiff(first.data.explanation.job, second.data.explanation.job)
        : undefined,
    [first.data, second.data],
  );
  const error = first.error ?? second.error;
  if (error) {
    return (
      <ErrorState
        title="The jobs could not be loaded."
        error={error}
        onRetry={() => Promise.all([first.refetch(), second.refetch()])}
      />
    );
  }
  if (!differences || !first.data || !second.data)
    return <SkeletonLines lines={8} label="Loading both jobs" />;
  const different = differences.filter((each) => !each.same);
  const isAlike = first.data.explanation.job.hash === second.data.explanation.job.hash;
  const notFrozen = [first.data, second.data].filter(({ frozen }) => !frozen).length;
  return (
    <>
      {notFrozen ? (
        <Banner>
          {notFrozen === 2 ? "Both runs are" : "One of the runs is"} not claimed yet: what is shown of it is
          what it would get now.
        </Banner>
      ) : null}
      <Card
        title={
          different.length
            ? `${different.length} of ${plural(differences.length, "value")} ${different.length === 1 ? "differs" : "differ"}`
            : isAlike
              ? "Launched alike: the same infrastructure"
              : "The same values, put to other places by the pool"
        }
        actions={<Checkbox checked={showEqual} onChange={onShowEqual} label="Show equal" />}
      >
        <DifferenceTable
          label="Infrastructure of both runs"
          differences={showEqual ? differences : different}
          before={names.a ?? "First run"}
          after={names.b ?? "Second run"}
          empty={`All ${plural(differences.length, "value")} are equal.`}
        />
      </Card>
    </>
  );
}
