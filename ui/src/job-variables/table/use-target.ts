import { useEffect, useRef, useState } from "react";
import type { Line } from "../filters";
import { lineOf } from "./grid-lines";

const MARKED_MS = 2500;

/**
 * Brings a row into view when somebody asks for it elsewhere, and marks it for a moment. `uncover` makes a line of it
 * that isn't one now, because its group is closed or a filter hides it.
 */
export function useTarget(
  target: { id: string | undefined; at: number } | undefined,
  lines: readonly Line[],
  show: (line: number) => void,
  uncover: (id: string) => void,
): string | undefined {
  const [marked, setMarked] = useState<string>();
  const done = useRef<number>(undefined);
  useEffect(() => {
    if (target?.id === undefined || done.current === target.at) return;
    const line = lineOf(lines, target.id);
    if (line < 0) return uncover(target.id);
    done.current = target.at;
    setMarked(target.id);
    show(line);
  });
  useEffect(() => {
    if (marked === undefined) return;
    const timer = setTimeout(() => setMarked(undefined), MARKED_MS);
    return () => clearTimeout(timer);
  }, [marked]);
  return marked;
}
