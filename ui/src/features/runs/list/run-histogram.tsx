import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { HistogramFrame } from "@/design/state-histogram/histogram-frame";
import { pictureOf } from "@/design/state-histogram/model";
import { useLiveRefresh } from "@/lib/live-refresh";
import { runHistogramQuery } from "./queries";
import type { RunFilter } from "./query/filter";

const LIVE_MS = 10_000;
const LABEL = "Runs by the time at which they were expected";

interface RunHistogramProps {
  text: string;
  filter: RunFilter;
  enabled: boolean;
  onWindow: (from: number, to: number) => void;
}

/** When the runs of the filter were expected, by state. */
export function RunHistogram({ text, filter, enabled, onWindow }: RunHistogramProps) {
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...runHistogramQuery(text, filter),
    enabled,
  });
  // The same as long as the answer is: a list that grows has nothing painted anew.
  const picture = useMemo(() => data && { label: LABEL, ...pictureOf(data) }, [data]);
  useLiveRefresh(["flow_runs"], LIVE_MS, () => void (enabled && refetch()));
  return (
    <HistogramFrame
      label="Runs by time"
      picture={picture}
      stale={isPlaceholderData}
      error={error}
      onRetry={refetch}
      onWindow={onWindow}
    />
  );
}
