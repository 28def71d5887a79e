import type { Explanation, JsonObject } from "@/job-variables/json";

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
  /** Whether the effective job is shown beside the table. */
  withEffectiveJob?: boolean | undefined;
}

/** Job variables of a run that is not made yet. Controlled: the caller has the value, checks it and keeps it. */
export function RunOverrides({ value }: RunOverridesProps) {
  return <p className="text-muted">{Object.keys(value).length} overrides</p>;
}
