import { useCallback, useMemo } from "react";
import { applyEdits, type Edit, editsBetween } from "@/job-variables/edits";
import type { Declaration, JsonObject } from "@/job-variables/json";
import { rulesOf } from "@/job-variables/model";
import { createStore, useStore } from "@/lib/store";

interface Draft {
  edits: readonly Edit[];
  /** JSON that cannot be read yet. */
  unfinished: string | undefined;
}

const EMPTY: Draft = { edits: [], unfinished: undefined };

// By deployment, and outside of the page: another tab or page and back loses nothing. Not on disk: there may be
// credentials in it that somebody is about to replace.
const drafts = createStore<ReadonlyMap<string, Draft>>(new Map());

const warn = (event: BeforeUnloadEvent) => event.preventDefault();
drafts.subscribe(() => {
  if (drafts.get().size) addEventListener("beforeunload", warn);
  else removeEventListener("beforeunload", warn);
});

function change(deploymentId: string, next: (before: Draft) => Draft): void {
  drafts.set((before) => {
    const draft = next(before.get(deploymentId) ?? EMPTY);
    const after = new Map(before);
    if (draft.edits.length || draft.unfinished !== undefined) after.set(deploymentId, draft);
    else after.delete(deploymentId);
    return after;
  });
}

/**
 * Edits of a deployment that are not saved yet. They are kept path by path, so that they stay what they are when
 * somebody else saves something beside them.
 */
export function useDraftEdits(deploymentId: string, saved: JsonObject, declarations: readonly Declaration[]) {
  const { edits, unfinished } = useStore(drafts).get(deploymentId) ?? EMPTY;
  const own = useMemo(() => applyEdits(saved, edits), [saved, edits]);
  const onEdit = useCallback(
    (next: Edit[]) =>
      change(deploymentId, (before) => {
        const after = applyEdits(applyEdits(saved, before.edits), next);
        return { ...before, edits: editsBetween(saved, after, rulesOf(declarations)) };
      }),
    [deploymentId, saved, declarations],
  );
  const onUnfinished = useCallback(
    (text: string | undefined) => change(deploymentId, (before) => ({ ...before, unfinished: text })),
    [deploymentId],
  );
  const discard = useCallback(() => change(deploymentId, () => EMPTY), [deploymentId]);
  return { edits, own, onEdit, unfinished, onUnfinished, discard };
}
