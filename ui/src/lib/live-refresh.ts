import { useEffect, useRef } from "react";
import { type Changed, live } from "@/lib/live";

/** Calls `run` when one of the nouns changed, at most once in `leastMs`, with what changed since the last time. */
export function useLiveRefresh(
  nouns: readonly string[],
  leastMs: number,
  run: (changed: Changed) => unknown,
): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  const key = nouns.join(" ");
  useEffect(() => {
    let waiting: Set<string> | "*" | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const flush = () => {
      timer = undefined;
      last = Date.now();
      const changed = waiting === "*" || waiting === undefined ? "*" : [...waiting];
      waiting = undefined;
      latest.current(changed);
    };
    const note = (changed: Changed) => {
      if (changed === "*" || waiting === "*") waiting = "*";
      else waiting = new Set([...(waiting ?? []), ...changed]);
      timer ??= setTimeout(flush, Math.max(250, last + leastMs - Date.now()));
    };
    const stops = key.split(" ").map((noun) => live.onChange(noun, note));
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [key, leastMs]);
}
