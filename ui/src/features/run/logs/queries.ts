import { type QueryClient, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, apiUrl } from "@/lib/api";
import { live } from "@/lib/live";
import { PAGE_LINES } from "@/log-view/log-buffer";
import type { LogSource } from "@/log-view/source";

/** Not kept up to date with every line: counting a million lines takes a while, and nobody watches the counts. */
export function logFacetsQuery(id: string) {
  return queryOptions({
    queryKey: ["log_facets", id],
    queryFn: ({ signal }) => api.get("/flow_runs/{id}/log_facets", { path: { id }, signal }),
    staleTime: 60_000,
  });
}

const firstLinesKey = (id: string) => ["log_windows", id] as const;

/** The lines that a log opens with: the first of all, or the last of a run that goes on. */
export function firstLinesQuery(id: string, live: boolean) {
  const place = live ? { tail: true } : { position: 0 };
  return queryOptions({
    queryKey: [...firstLinesKey(id), live],
    queryFn: ({ signal }) =>
      api.post("/flow_runs/{id}/log_window", { path: { id }, body: { ...place, limit: PAGE_LINES }, signal }),
    // The view keeps them; it only takes over what was asked for on its behalf.
    staleTime: 2000,
    gcTime: 5000,
  });
}

/** Whether a log is opened at an end of it, with all lines. */
function opensAtEnd({ position, tail, line, filter, limit }: Parameters<LogSource["window"]>[0]): boolean {
  return line === undefined && filter === undefined && limit === PAGE_LINES && (tail || position === 0);
}

function isAskedFor(client: QueryClient, id: string): boolean {
  return client.getQueryCache().findAll({ queryKey: firstLinesKey(id) }).length > 0;
}

/** The lines of a run for the log view; the same object as long as it is the same run. */
export function useLogSource(id: string): LogSource {
  const client = useQueryClient();
  return useMemo(
    () => ({
      window: (query, signal) =>
        opensAtEnd(query)
          ? client.fetchQuery(firstLinesQuery(id, query.tail ?? false))
          : api.post("/flow_runs/{id}/log_window", {
              path: { id },
              body: { ...query, filter: query.filter ?? null },
              signal,
            }),
      hits: (text, filter, signal) =>
        api.post("/flow_runs/{id}/log_hits", {
          path: { id },
          body: { text, filter: filter ?? null, limit: 10_000 },
          signal,
        }),
      onMore: (listener) => {
        // What was asked for on the view's behalf knows nothing of lines that came before it listened.
        if (isAskedFor(client, id)) listener();
        return live.onChange("logs", (changed) => {
          if (changed === "*" || changed.includes(id)) listener();
        });
      },
    }),
    [client, id],
  );
}

export const logDownloadUrl = (id: string): string => apiUrl(`flow_runs/${id}/logs/download`).href;
