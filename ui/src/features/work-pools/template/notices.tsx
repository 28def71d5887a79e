import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { Time } from "@/design/time";
import type { TemplateDraftState } from "./use-template-draft";

/** What somebody should know about the draft before they go on with it. */
export function Notices({ state }: { state: TemplateDraftState }) {
  const { isConflicting, rebase, discard, conflicts, restoredAt, forgetRestored } = state;
  return (
    <>
      {isConflicting ? (
        <Banner
          tone="warning"
          title="Somebody saved another template meanwhile."
          actions={
            <>
              <Button size="small" onClick={rebase}>
                Reload, keep my edits
              </Button>
              <Button size="small" kind="ghost" onClick={discard}>
                Reload, drop mine
              </Button>
            </>
          }
        >
          Your edits are put on top of theirs; where both changed the same place, yours stands and is named.
        </Banner>
      ) : null}
      {conflicts.length ? (
        <Banner tone="warning" title="Both of you changed the same places; yours stand:">
          <span className="font-mono text-sm">{conflicts.join(", ")}</span>
        </Banner>
      ) : null}
      {restoredAt !== undefined && !isConflicting ? (
        <Banner
          title="Your unsaved edits are back."
          onDismiss={forgetRestored}
          actions={
            <Button size="small" onClick={discard}>
              Discard them
            </Button>
          }
        >
          They were left here <Time value={restoredAt} />.
        </Banner>
      ) : null}
    </>
  );
}
