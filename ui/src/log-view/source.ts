import type { Schema } from "@/lib/api";
import type { LogWindow, WindowQuery } from "./log-buffer";
import type { LogLineFilter } from "./log-state";

export type LogFacets = Schema["LogFacets"];
export type LogHits = Schema["LogHits"];

/** Where the lines come from. The page hands it in; the view knows no server. */
export interface LogSource {
  window: (
    query: WindowQuery & { filter: LogLineFilter | undefined },
    signal: AbortSignal,
  ) => Promise<LogWindow>;
  hits: (text: string, filter: LogLineFilter | undefined, signal: AbortSignal) => Promise<LogHits>;
  /** Calls when there may be more lines. Returns how to stop. */
  onMore: (listener: () => void) => () => void;
}
