import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { namesQuery } from "./queries";
import { idsIn, type NameOf } from "./words";

/** The names of all that these speak of. */
export function useNames(value: unknown): NameOf {
  const ids = useMemo(() => idsIn(value), [value]);
  const { data } = useQuery(namesQuery(ids));
  return useMemo(() => (id: string) => data?.get(id), [data]);
}
