import { useCallback, useEffect, useRef } from "react";
import type { Draft } from "../draft";
import { discardStored, storeDraft } from "../keeping";

const STORE_MS = 300;

/** Keeps the draft in this browser while it is written, and at once when the page is left. */
export function useKept(name: string, draft: Draft, start: Draft): { end: () => void } {
  const latest = useRef(draft);
  const isOver = useRef(false);
  latest.current = draft;
  const store = useCallback(() => {
    if (!isOver.current && latest.current !== start) storeDraft(name, latest.current, Date.now());
  }, [name, start]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the draft is what is waited for
  useEffect(() => {
    const timer = setTimeout(store, STORE_MS);
    return () => clearTimeout(timer);
  }, [draft, store]);
  useEffect(() => {
    addEventListener("pagehide", store);
    return () => {
      removeEventListener("pagehide", store);
      store();
    };
  }, [store]);
  return {
    end: () => {
      isOver.current = true;
      discardStored(name);
    },
  };
}
