import { useEffect, useEffectEvent, useRef } from "react";
import type { LogBuffer } from "./log-buffer";
import type { LineRange } from "./log-state";

interface Options {
  buffer: LogBuffer;
  line: string | undefined;
  range: LineRange | null;
  live: boolean;
  goTo: (place: number) => void;
}

/** Opens a log where the address says; else at its end while it grows, and at its beginning when it does not. */
export function useStart({ buffer, line, range, live, goTo }: Options): void {
  const opened = useRef<LogBuffer>(null);
  const first = range?.from;
  const open = useEffectEvent(async () => {
    const isFirst = opened.current !== buffer;
    opened.current = buffer;
    if (line !== undefined || first !== undefined) {
      const place = await buffer.open(line !== undefined ? { line } : { position: (first ?? 1) - 1 });
      if (place >= 0 && (isFirst || !isSeen(place))) goTo(place);
    } else if (isFirst || buffer.total === undefined)
      await buffer.open(live ? { tail: true } : { position: 0 });
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another target asks for another place
  useEffect(() => {
    void open();
  }, [buffer, line, first]);

  // What could not be opened is tried again when the buffer says so.
  const failed = buffer.error !== undefined && buffer.total === undefined;
  const { version } = buffer;
  const attempt = useEffectEvent(() => {
    if (buffer.mayAsk) void open();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buffer tells of its next try by its version
  useEffect(() => {
    if (failed) attempt();
  }, [failed, version]);
}

function isSeen(place: number): boolean {
  const row = document.querySelector(`[data-testid="log-lines"] [data-place="${place}"]`);
  const box = row?.getBoundingClientRect();
  const view = row?.closest('[data-testid="log-lines"]')?.getBoundingClientRect();
  return Boolean(box && view && box.top >= view.top && box.bottom <= view.bottom);
}
