import { useCallback, useEffect, useRef } from "react";

const STORE_MS = 300;

/** Keeps what is written in this browser while it is written, and at once when the page is left. `keep` is stable. */
export function useKept<T>(
  draft: T,
  start: T,
  keep: (draft: T) => void,
  discard: () => void,
): { end: () => void } {
  const latest = useRef(draft);
  const isOver = useRef(false);
  latest.current = draft;
  const store = useCallback(() => {
    if (!isOver.current && latest.current !== start) keep(latest.current);
  }, [keep, start]);
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
      discard();
    },
  };
}
