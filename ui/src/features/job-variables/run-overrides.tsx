import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Banner } from "@/design/banner";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { applyEdits, nested } from "@/job-variables/edits";
import type { Explanation, JsonObject } from "@/job-variables/json";
import { ResolutionTable } from "@/job-variables/resolution-table";
import { deploymentVariablesQuery } from "./queries";

export interface RunOverridesProps {
  deploymentId: string;
  /** The run's own job variables: only what was changed for this run is in it. */
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  /** What such a run would get, from whoever checks the run; undefined until it was checked once. */
  explanation: Explanation | undefined;
  /** It is being checked again. */
  checking?: boolean | undefined;
  /**
   * JSON that was typed and cannot be read yet. It is not in `value`; whoever keeps the draft keeps it too, and does
   * not start the run while there is some.
   */
  unfinished?: string | undefined;
  onUnfinished?: ((text: string | undefined) => void) | undefined;
  /** A path that somebody is led to from elsewhere. */
  target?: { id: string; at: number } | undefined;
}

/** Job variables of a run that is not made yet. Controlled: the caller has the value, checks it and keeps it. */
export function RunOverrides(props: RunOverridesProps) {
  const { deploymentId, value, onChange, checking, unfinished, onUnfinished, target } = props;
  const { data, error, refetch } = useQuery(deploymentVariablesQuery(deploymentId));
  const editing = useMemo(() => {
    const variables = nested(value, (name) => data?.declarations.some((each) => each.name === name) ?? false);
    return {
      layer: "run",
      variables,
      onEdit: (edits: Parameters<typeof applyEdits>[1]) => onChange(applyEdits(variables, edits)),
      unfinished,
      onUnfinished,
    };
  }, [value, data?.declarations, onChange, unfinished, onUnfinished]);
  const explanation = props.explanation ?? data?.explanation;
  if (error && !data)
    return <ErrorState title="The job variables could not be loaded." error={error} onRetry={refetch} />;
  if (!data || !explanation) return <SkeletonLines lines={8} label="Loading job variables" />;
  if (!data.work_pool) {
    return (
      <Banner title="Job variables have no effect here.">The deployment is served by its own process.</Banner>
    );
  }
  return (
    <ResolutionTable
      label="Job variables of the run"
      explanation={explanation}
      declarations={data.declarations}
      definitions={data.definitions as JsonObject}
      undeclared={data.undeclared}
      editing={editing}
      stale={checking}
      target={target}
    />
  );
}
