import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button } from "@/design/button";
import { Dialog } from "@/design/dialog";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { DifferenceTable } from "@/job-variables/difference-table";
import { type Edit, ownAt, withValue } from "@/job-variables/edits";
import { type JsonObject, same } from "@/job-variables/json";
import type { LeafDifference } from "@/job-variables/leaf-diff";
import type { Row } from "@/job-variables/model";
import { joinPath } from "@/job-variables/paths";
import { plural } from "@/lib/format";
import { impactText } from "./impact-text";
import { deploymentVariablesQuery, editImpactQuery } from "./queries";
import { useSaveEdits } from "./use-save-edits";

export interface PromoteDialogProps {
  deploymentId: string;
  rows: readonly Row[];
  onClose: () => void;
}

/** Makes what a run overrides what the deployment says, with the difference shown first. */
export function PromoteDialog({ deploymentId, rows, onClose }: PromoteDialogProps) {
  const { data, error } = useQuery(deploymentVariablesQuery(deploymentId));
  const own = (data?.job_variables ?? {}) as JsonObject;
  const edits = useMemo(() => (data ? promotions(rows, own) : []), [data, rows, own]);
  const impact = useQuery(editImpactQuery(deploymentId, edits));
  const save = useSaveEdits(deploymentId);
  const names = rows.map(({ id }) => id).join(", ");
  const refused = impact.data?.explanation.errors.find(
    ({ layer, rule }) => layer === "deployment" && rule !== "required",
  );
  const promote = () =>
    save.mutate(
      { edits, before: own, seen: data?.updated, done: `Promoted ${names} to the deployment` },
      { onSuccess: onClose },
    );
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      width="medium"
      title="Promote to the deployment"
      description="What this run overrides becomes what every run of the deployment gets."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={save.isPending}
            disabledReason={
              refused
                ? `${refused.path} ${refused.message}`
                : edits.length
                  ? undefined
                  : "There is nothing to change."
            }
            onClick={promote}
          >
            Promote {plural(edits.length, "value")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {error ? <ErrorState compact error={error} /> : null}
        {save.error ? <ErrorState compact title="It was not promoted." error={save.error} /> : null}
        {data ? (
          <DifferenceTable
            label="What the deployment says"
            differences={edits.map((edit) => differenceOfEdit(edit, own))}
            before="Now"
            after="Then"
            withLayers={false}
            empty="The deployment says the same already."
          />
        ) : (
          <SkeletonLines lines={2} />
        )}
        {impact.data ? (
          <p className="text-sm text-muted" role="status">
            {impactText(impact.data)}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}

function promotions(rows: readonly Row[], own: JsonObject): Edit[] {
  return rows.flatMap((row) => {
    const cell = row.cells.find(({ column }) => column.layer === "run");
    if (!cell || cell.state === "none") return [];
    const value = cell.state === "removes" ? null : cell.value;
    return same(ownAt(own, row.path), value) ? [] : [withValue(row.path, value)];
  });
}

function differenceOfEdit({ path, value }: Edit, own: JsonObject): LeafDifference {
  const before = ownAt(own, path);
  const [variable, key] = path;
  const side = (given: typeof value): LeafDifference["before"] =>
    given === undefined
      ? { state: "none" }
      : given === null && key !== undefined
        ? { state: "removed" }
        : { state: "value", value: given };
  return { path: joinPath(path), variable, key, before: side(before), after: side(value), same: false };
}
