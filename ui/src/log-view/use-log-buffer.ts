import { useEffect, useState, useSyncExternalStore } from "react";
import { LogBuffer } from "./log-buffer";
import type { LogLineFilter } from "./log-state";
import type { LogSource } from "./source";

/** At least between two looks for new lines. */
const PACE_MS = 250;

/** The lines that a filter leaves, kept up to date while the tab is looked at. */
export function useLogBuffer(source: LogSource, filter: LogLineFilter | undefined): LogBuffer {
  const key = JSON.stringify(filter ?? null);
  const [made, setMade] = useState(() => ({ source, key, buffer: bufferOf(source, key) }));
  let current = made;
  if (made.source !== source || made.key !== key) {
    current = { source, key, buffer: bufferOf(source, key) };
    setMade(current);
  }
  const { buffer } = current;
  useSyncExternalStore(buffer.subscribe, () => buffer.version);
  useEffect(() => {
    buffer.reopen();
    const stop = source.onMore(paced(() => void buffer.refresh()));
    return () => {
      stop();
      buffer.close();
    };
  }, [source, buffer]);
  return buffer;
}

function bufferOf(source: LogSource, key: string): LogBuffer {
  const filter = (JSON.parse(key) ?? undefined) as LogLineFilter | undefined;
  return new LogBuffer((query, signal) => source.window({ ...query, filter }, signal));
}

/** Runs at once, then at most so often; not while nobody looks, but as soon as somebody does. */
function paced(run: () => void): () => void {
  let last = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
      return;
    }
    timer = undefined;
    last = performance.now();
    run();
  };
  return () => {
    if (timer !== undefined) return;
    timer = setTimeout(look, Math.max(0, last + PACE_MS - performance.now()));
  };
}
