import { useQuery } from "@tanstack/react-query";
import { Table2 } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, IconButton } from "@/design/button";
import { ErrorState } from "@/design/error-state";
import { Skeleton } from "@/design/skeleton";
import { HistogramTable } from "@/design/state-histogram/histogram-table";
import { StateHistogram } from "@/design/state-histogram/state-histogram";
import { useLiveRefresh } from "@/lib/live-refresh";
import { type Histogram, runHistogramQuery } from "./queries";
import type { RunFilter } from "./query/filter";

const LIVE_MS = 10_000;

interface RunHistogramProps {
  text: string;
  filter: RunFilter;
  enabled: boolean;
  onWindow: (from: number, to: number) => void;
}

/** When the runs of the filter were expected, by state. */
export function RunHistogram({ text, filter, enabled, onWindow }: RunHistogramProps) {
  const [asTable, setAsTable] = useState(false);
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...runHistogramQuery(text, filter),
    enabled,
  });
  // The same as long as the answer is: a list that grows has nothing painted anew.
  const picture = useMemo(() => data && pictureOf(data), [data]);
  useLiveRefresh(["flow_runs"], LIVE_MS, () => void (enabled && refetch()));
  if (error && !data)
    return <ErrorState error={error} title="The picture could not be made." onRetry={refetch} compact />;
  const shown = picture && { ...picture, onWindow };
  return (
    <section aria-label="Runs by time" className="flex min-w-0 flex-col gap-2">
      <div className="flex items-start gap-1">
        <div className="min-w-0 grow">
          {shown ? (
            <StateHistogram {...shown} height={64} stale={isPlaceholderData} />
          ) : (
            <Skeleton className="h-21 w-full" />
          )}
        </div>
        <IconButton
          icon={Table2}
          size="small"
          label="Show as a table"
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      {asTable && shown ? <HistogramTable {...shown} /> : null}
      {error && data ? (
        <p className="text-sm text-danger">
          The picture may be old.{" "}
          <Button size="small" kind="ghost" onClick={() => refetch()}>
            Retry
          </Button>
        </p>
      ) : null}
    </section>
  );
}

function pictureOf({ start, slice_seconds, slices, series }: Histogram) {
  return {
    label: "Runs by the time at which they were expected",
    start: Date.parse(start),
    sliceSeconds: slice_seconds,
    slices,
    series: series.map(({ state_type: type, counts }) => ({ type, counts })),
  };
}
