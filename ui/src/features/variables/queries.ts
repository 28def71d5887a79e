import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, type Schema } from "@/lib/api";

export type Variable = Schema["Variable"];

const PAGE = 100;

/** Variables by name, those whose name has the text. */
export function variablesQuery(search: string) {
  return infiniteQueryOptions({
    queryKey: ["variables", { search }],
    queryFn: ({ pageParam, signal }) =>
      api.post("/variables/filter", {
        body: {
          ...(search ? { variables: { name: { like_: search } } } : {}),
          sort: "NAME_ASC",
          offset: pageParam,
          limit: PAGE,
        },
        signal,
      }),
    initialPageParam: 0,
    getNextPageParam: (last: Variable[], pages: Variable[][]) =>
      last.length === PAGE ? pages.length * PAGE : undefined,
  });
}

export interface VariableDraft {
  name: string;
  value: unknown;
  tags: string[];
}

/** Makes a variable, or changes the one with the id. */
export function saveVariable(draft: VariableDraft, id?: string): Promise<unknown> {
  return id === undefined
    ? api.post("/variables/", { body: draft })
    : api.patch("/variables/{id}", { path: { id }, body: draft });
}

export function deleteVariable(id: string): Promise<unknown> {
  return api.delete("/variables/{id}", { path: { id } });
}
