import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { NameOf } from "../words";
import { mentioned } from "./mentioned";
import { namesQuery } from "./queries";

/** The names of all that these speak of. */
export function useNames(value: unknown): NameOf {
  const spoken = useMemo(() => mentioned(value), [value]);
  const { data } = useQuery(namesQuery(spoken));
  return useMemo(() => (id: string) => data?.get(id), [data]);
}
