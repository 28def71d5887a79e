import { queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";

export type Found = Schema["Found"];

/** Things whose name has the text, or whose id it is; the best first. */
export function searchQuery(text: string) {
  const wanted = text.trim().slice(0, 200);
  return queryOptions({
    queryKey: ["search", { wanted }],
    queryFn: async ({ signal }) => (await api.post("/search", { body: { text: wanted }, signal })).found,
    enabled: wanted !== "",
    staleTime: 10_000,
    retry: false,
  });
}
