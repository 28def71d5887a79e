import { useQuery } from "@tanstack/react-query";
import { Table2 } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/design/button";
import { Card } from "@/design/card";
import { ErrorState } from "@/design/error-state";
import { Segmented } from "@/design/segmented";
import { Skeleton } from "@/design/skeleton";
import { HistogramTable } from "@/design/state-histogram/histogram-table";
import { StateHistogram } from "@/design/state-histogram/state-histogram";
import { useLiveRefresh } from "@/lib/live-refresh";
import { historyQuery, type Span } from "./queries";

const LIVE_MS = 10_000;
const HEIGHT = 128;

interface HistoryCardProps {
  span: Span;
  onSpan: (span: Span) => void;
  /** Slices were chosen: from when to when, in milliseconds. */
  onWindow: (from: number, to: number) => void;
}

/** What became of the runs of the last day, week or month. */
export function HistoryCard({ span, onSpan, onWindow }: HistoryCardProps) {
  const [asTable, setAsTable] = useState(false);
  const { data, error, refetch, isPlaceholderData } = useQuery(historyQuery(span));
  useLiveRefresh(["flow_runs"], LIVE_MS, () => void refetch());
  const shown = data && {
    label: "Runs by the time at which they were expected",
    start: Date.parse(data.start),
    sliceSeconds: data.slice_seconds,
    slices: data.slices,
    series: data.series.map(({ state_type: type, counts }) => ({ type, counts })),
    onWindow,
  };
  return (
    <Card
      title="Runs"
      actions={
        <>
          <Segmented
            label="How far back"
            hideLabel
            value={span}
            onChange={onSpan}
            options={[
              { value: "24h", label: "24 h" },
              { value: "7d", label: "7 d" },
              { value: "30d", label: "30 d" },
            ]}
          />
          <IconButton
            icon={Table2}
            label="Show as a table"
            pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          />
        </>
      }
    >
      {error && !data ? (
        <ErrorState error={error} title="The picture could not be made." onRetry={refetch} compact />
      ) : shown ? (
        asTable ? (
          <HistogramTable {...shown} />
        ) : (
          <StateHistogram {...shown} height={HEIGHT} stale={isPlaceholderData} />
        )
      ) : (
        <Skeleton className="h-37 w-full" />
      )}
    </Card>
  );
}
