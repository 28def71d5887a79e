import { queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";

export type EffectiveSetting = Schema["EffectiveSetting"];

/** All settings, as the server process that answers has them. They change only when it is started anew. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => api.get("/settings/effective", { signal }),
});

/** Of the product; what `/version` tells is that of the API. */
export const versionQuery = queryOptions({
  queryKey: ["version"],
  queryFn: async ({ signal }) => (await api.get("/overview", { signal })).version,
});
