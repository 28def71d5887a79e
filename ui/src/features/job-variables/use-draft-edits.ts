import { useCallback, useMemo, useState } from "react";
import { applyEdits, type Edit, editsBetween } from "@/job-variables/edits";
import type { Declaration, JsonObject } from "@/job-variables/json";
import { rulesOf } from "@/job-variables/model";

const NONE: readonly Edit[] = [];

/**
 * Edits of a layer that are not saved yet. They are kept path by path, so that they stay what they are when somebody
 * else saves something beside them.
 */
export function useDraftEdits(saved: JsonObject, declarations: readonly Declaration[]) {
  const [edits, setEdits] = useState(NONE);
  const own = useMemo(() => applyEdits(saved, edits), [saved, edits]);
  const onEdit = useCallback(
    (next: Edit[]) =>
      setEdits((before) => {
        const after = applyEdits(applyEdits(saved, before), next);
        const left = editsBetween(saved, after, rulesOf(declarations));
        return left.length ? left : NONE;
      }),
    [saved, declarations],
  );
  const discard = useCallback(() => setEdits(NONE), []);
  return { edits, own, onEdit, discard };
}
