import { useEffect, useRef, useState } from "react";
import { readStored, writeStored } from "@/lib/storage";
import { TIME_FORMATS } from "./line-times";
import type { LogLook } from "./log-toolbar";

/** How many lines came since one stopped following. */
export function useNewLines(total: number | undefined, follow: boolean): number {
  const [seen, setSeen] = useState<number>();
  if (total !== undefined && (follow || seen === undefined || seen > total) && seen !== total) setSeen(total);
  return Math.max(0, (total ?? 0) - (seen ?? total ?? 0));
}

/** What it was at the last render, for callbacks that stay the same. */
export function useLatest<T>(value: T) {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}

/** How lines are shown; kept in this browser. */
export function useLook(): [LogLook, (part: Partial<LogLook>) => void] {
  const [look, setLook] = useState<LogLook>(() => {
    const stored = (readStored("logs") ?? {}) as Partial<LogLook>;
    return { wrap: stored.wrap === true, time: TIME_FORMATS.find((each) => each === stored.time) ?? "clock" };
  });
  const change = (part: Partial<LogLook>) => {
    const next = { ...look, ...part };
    setLook(next);
    writeStored("logs", next);
  };
  return [look, change];
}
