import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { JsonMap } from "@/lib/exact-json";
import {
  draftOf,
  edited,
  isDirty,
  rebased,
  type TemplateDraft,
  type TextPlace,
  typedAt,
  withoutText,
} from "./draft";
import { dropDraft, keepDraft, keptDraft } from "./keeping";
import { sameTemplate } from "./problems";

const MOST_STEPS = 100;

/** The template that is edited, over the one that the server has. Kept in the browser until it is saved or discarded. */
export function useTemplateDraft(pool: string, served: JsonMap) {
  const [kept] = useState(() => keptDraft(pool));
  const [draft, setDraft] = useState<TemplateDraft>(() => kept?.draft ?? draftOf(served));
  const [restoredAt, setRestoredAt] = useState(kept?.at);
  const [isKept, setIsKept] = useState(true);
  const [conflicts, setConflicts] = useState<readonly string[]>([]);
  const steps = useRef<{ draft: TemplateDraft; key: string | undefined }[]>([]);
  const dirty = useMemo(() => isDirty(draft), [draft]);
  const isFollowing = useMemo(
    () =>
      (!dirty && !sameTemplate(draft.base, served)) ||
      (dirty && draft.base !== served && sameTemplate(draft.document, served)),
    [dirty, draft, served],
  );
  if (isFollowing) {
    setDraft({ ...draftOf(served), texts: dirty ? draft.texts : new Map() });
    setConflicts([]);
    setRestoredAt(undefined);
  }
  useEffect(() => {
    setIsKept(keepDraft(pool, draft, Date.now()));
  }, [pool, draft]);

  /** `key`: edits of the same key that follow each other are one step back. */
  const change = useCallback((next: (before: TemplateDraft) => TemplateDraft, key?: string) => {
    setDraft((before) => {
      const after = next(before);
      const last = steps.current.at(-1);
      if (after !== before && !(key !== undefined && last?.key === key) && last?.draft !== before) {
        steps.current = [...steps.current, { draft: before, key }].slice(-MOST_STEPS);
      }
      return after;
    });
  }, []);
  const edit = useCallback(
    (next: (template: JsonMap) => JsonMap, key?: string) => change((before) => edited(before, next), key),
    [change],
  );
  const type = useCallback(
    (place: TextPlace, text: string) => change((before) => typedAt(before, place, text), `text ${place}`),
    [change],
  );
  const dropText = useCallback(
    (place: TextPlace) => change((before) => withoutText(before, place)),
    [change],
  );
  const undo = () => {
    const last = steps.current.pop();
    if (last) setDraft({ ...last.draft, base: draft.base });
  };
  const start = (template: JsonMap) => {
    steps.current = [];
    setConflicts([]);
    setRestoredAt(undefined);
    dropDraft(pool);
    setDraft(draftOf(template));
  };
  const rebase = () => {
    const result = rebased(draft, served);
    setConflicts(result.conflicts);
    change(() => result.draft);
  };
  const isConflicting = useMemo(
    () => dirty && !sameTemplate(draft.base, served),
    [dirty, draft.base, served],
  );
  return {
    draft,
    dirty,
    edit,
    type,
    dropText,
    undo,
    canUndo: dirty && steps.current.length > 0,
    discard: () => start(served),
    /** Somebody else saved another template since editing began. */
    isConflicting,
    rebase,
    conflicts,
    restoredAt: dirty ? restoredAt : undefined,
    forgetRestored: () => setRestoredAt(undefined),
    isKept,
  };
}

export type TemplateDraftState = ReturnType<typeof useTemplateDraft>;
