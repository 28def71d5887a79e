import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { HistogramFrame } from "@/design/state-histogram/histogram-frame";
import { useLiveRefresh } from "@/lib/live-refresh";
import { eventHistogramQuery } from "./queries";
import type { EventQuery } from "./query";

const LIVE_MS = 10_000;
const LABEL = "Events by time";

interface EventHistogramProps {
  query: EventQuery;
  onWindow: (from: number, to: number) => void;
}

/** When the events of the query occurred. */
export function EventHistogram({ query, onWindow }: EventHistogramProps) {
  const { data, error, refetch, isPlaceholderData } = useQuery(eventHistogramQuery(query));
  const picture = useMemo(() => {
    if (!data) return undefined;
    const { counts, ...when } = data;
    return { label: LABEL, noun: "event", ...when, series: [{ type: "", counts }] };
  }, [data]);
  useLiveRefresh(["events"], LIVE_MS, () => void refetch());
  return (
    <HistogramFrame
      label={LABEL}
      picture={picture}
      stale={isPlaceholderData}
      error={error}
      onRetry={refetch}
      onWindow={onWindow}
    />
  );
}
