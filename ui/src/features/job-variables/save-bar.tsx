import { useQueryClient } from "@tanstack/react-query";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { ErrorState } from "@/design/error-state";
import { Spinner } from "@/design/spinner";
import { ChangeText } from "@/job-variables/difference-table";
import type { Edit } from "@/job-variables/edits";
import { differenceOf } from "@/job-variables/leaf-diff";
import type { Schema } from "@/lib/api";
import { plural } from "@/lib/format";
import { impactText } from "./impact-text";
import { deploymentVariablesQuery, isConflict } from "./queries";

export interface SaveBarProps {
  deploymentId: string;
  edits: readonly Edit[];
  impact: Schema["EditImpact"] | undefined;
  impactError: unknown;
  saving: boolean;
  error: unknown;
  /** JSON that cannot be read yet would not be saved. */
  unfinished: boolean;
  onSave: () => void;
  onDiscard: () => void;
}

const SHOWN = 6;

/** What the edits would do, before they are saved. Stays in view at the bottom. */
export function SaveBar(props: SaveBarProps) {
  const { edits, impact, saving, error, unfinished, onSave, onDiscard } = props;
  if (!edits.length) return null;
  const refused = impact?.explanation.errors.find(
    ({ layer, rule }) => layer === "deployment" && rule !== "required",
  );
  const reason = unfinished
    ? "The JSON has an error: correct it, or discard the text."
    : refused && `The server would refuse it: ${refused.path} ${refused.message}`;
  return (
    <section
      aria-label="Unsaved edits"
      className="float-in sticky bottom-2 z-20 flex flex-col gap-2 rounded-lg border border-accent/50 bg-raised px-4 py-3 shadow-float"
    >
      {isConflict(error) ? <ConflictNotice deploymentId={props.deploymentId} /> : null}
      {error && !isConflict(error) ? <ErrorState compact title="It was not saved." error={error} /> : null}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="min-w-0 flex-1 basis-64" role="status">
          <span className="font-semibold">{plural(edits.length, "edit")}, not saved.</span>{" "}
          <ImpactText impact={impact} failed={Boolean(props.impactError)} />
        </p>
        <Button kind="ghost" onClick={onDiscard} disabled={saving}>
          Discard
        </Button>
        <Button kind="primary" busy={saving} disabledReason={reason} onClick={onSave}>
          Save {plural(edits.length, "edit")}
        </Button>
      </div>
      {reason ? <p className="text-sm text-danger">{reason}</p> : null}
      {impact?.changes.length ? (
        <ul className="flex max-h-40 flex-col gap-1 overflow-y-auto border-t border-line pt-2">
          {impact.changes.slice(0, SHOWN).map((change) => (
            <li key={change.path}>
              <ChangeText difference={differenceOf(change)} />
            </li>
          ))}
          {impact.changes.length > SHOWN ? (
            <li className="text-sm text-muted">and {impact.changes.length - SHOWN} more.</li>
          ) : null}
        </ul>
      ) : null}
    </section>
  );
}

function ImpactText({ impact, failed }: { impact: Schema["EditImpact"] | undefined; failed: boolean }) {
  if (failed) return <span className="text-muted">What they change could not be found out.</span>;
  if (!impact) return <Spinner />;
  return <span className="text-muted">{impactText(impact)}</span>;
}

function ConflictNotice({ deploymentId }: { deploymentId: string }) {
  const client = useQueryClient();
  return (
    <Banner
      tone="warning"
      title="Somebody else edited this deployment meanwhile. Nothing was saved."
      actions={
        <Button
          size="small"
          onClick={() =>
            client.invalidateQueries({ queryKey: deploymentVariablesQuery(deploymentId).queryKey })
          }
        >
          Reload, keep my edits
        </Button>
      }
    >
      After reloading, your edits stand on top of theirs; look at them once more and save.
    </Banner>
  );
}
