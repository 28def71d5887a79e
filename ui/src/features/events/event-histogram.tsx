import { useQuery } from "@tanstack/react-query";
import { Table2 } from "lucide-react";
import { useMemo, useState } from "react";
import { IconButton } from "@/design/button";
import { ErrorState } from "@/design/error-state";
import { Skeleton } from "@/design/skeleton";
import { HistogramTable } from "@/design/state-histogram/histogram-table";
import { StateHistogram } from "@/design/state-histogram/state-histogram";
import { useLiveRefresh } from "@/lib/live-refresh";
import { eventHistogramQuery } from "./queries";
import type { EventQuery } from "./query";

const LIVE_MS = 10_000;

interface EventHistogramProps {
  query: EventQuery;
  onWindow: (from: number, to: number) => void;
}

/** When the events of the query occurred. */
export function EventHistogram({ query, onWindow }: EventHistogramProps) {
  const [asTable, setAsTable] = useState(false);
  const { data, error, refetch, isPlaceholderData } = useQuery(eventHistogramQuery(query));
  const picture = useMemo(
    () =>
      data && {
        label: "Events by time",
        noun: "event",
        start: data.start,
        sliceSeconds: data.sliceSeconds,
        slices: data.slices,
        series: [{ type: "", counts: data.counts }],
      },
    [data],
  );
  useLiveRefresh(["events"], LIVE_MS, () => void refetch());
  if (error && !data)
    return <ErrorState error={error} title="The picture could not be made." onRetry={refetch} compact />;
  const shown = picture && { ...picture, onWindow };
  return (
    <section aria-label="Events by time" className="flex min-w-0 flex-col gap-2">
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
    </section>
  );
}
