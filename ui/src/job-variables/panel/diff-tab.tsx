import { type ReactNode, useMemo, useState } from "react";
import { Checkbox } from "@/design/checkbox";
import { Select } from "@/design/select";
import { SkeletonLines } from "@/design/skeleton";
import { DifferenceTable } from "../difference-table";
import type { JobSpec } from "../json";
import { leafDiff } from "../leaf-diff";

/** A job to compare with. */
export interface Baseline {
  id: string;
  label: string;
  /** Undefined while it is loading. */
  job: JobSpec | undefined;
}

export interface DiffTabProps {
  job: JobSpec;
  baselines: readonly Baseline[];
  chooser?: ReactNode;
}

export function DiffTab({ job, baselines, chooser }: DiffTabProps) {
  const [chosen, setChosen] = useState(baselines[0]?.id);
  const [equal, setEqual] = useState(false);
  // A baseline that has just been asked for is the one to look at.
  const [count, setCount] = useState(baselines.length);
  if (count !== baselines.length) {
    setCount(baselines.length);
    if (baselines.length > count) setChosen(baselines.at(-1)?.id);
  }
  const baseline = baselines.find(({ id }) => id === chosen) ?? baselines[0];
  const differences = useMemo(() => (baseline?.job ? leafDiff(baseline.job, job) : []), [baseline?.job, job]);
  const shown = equal ? differences : differences.filter((difference) => !difference.same);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className="text-sm text-muted">Against</span>
        <Select
          label="Compare with"
          className="w-56!"
          value={baseline?.id}
          onChange={setChosen}
          options={baselines.map(({ id, label }) => ({ value: id, label }))}
        />
        {chooser}
        <Checkbox checked={equal} onChange={setEqual} label="Show equal" />
      </div>
      {baseline && !baseline.job ? (
        <SkeletonLines lines={3} />
      ) : (
        <DifferenceTable
          label={`Differences to ${baseline?.label ?? ""}`}
          differences={shown}
          before={baseline?.label ?? ""}
          after="This"
          empty="No differences: it would be launched alike."
        />
      )}
    </div>
  );
}
