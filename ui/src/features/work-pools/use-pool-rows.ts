import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { live } from "@/lib/live";
import { poolRowsQuery } from "./queries";

/** All work pools with how busy they are, told at once of what comes and goes in them. */
export function usePoolRows() {
  const client = useQueryClient();
  useEffect(() => {
    const refresh = () => void client.invalidateQueries({ queryKey: poolRowsQuery.queryKey });
    const stops = ["workers", "work_queues"].map((noun) => live.onChange(noun, refresh));
    return () => {
      for (const stop of stops) stop();
    };
  }, [client]);
  return useQuery(poolRowsQuery);
}
