import { Table2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../button";
import { ErrorState } from "../error-state";
import { Skeleton } from "../skeleton";
import { HistogramTable } from "./histogram-table";
import { StateHistogram, type StateHistogramProps } from "./state-histogram";

interface HistogramFrameProps {
  label: string;
  /** Nothing until it is known. Must stay the same object as long as nothing changes: it is painted anew with it. */
  picture: Omit<StateHistogramProps, "height" | "stale" | "onWindow"> | undefined;
  /** The numbers are those of the question before. */
  stale: boolean;
  error: unknown;
  onRetry: () => void;
  onWindow: StateHistogramProps["onWindow"];
}

/** A picture above a list: what there is when, also as a table. */
export function HistogramFrame({ label, picture, stale, error, onRetry, onWindow }: HistogramFrameProps) {
  const [asTable, setAsTable] = useState(false);
  if (error && !picture)
    return <ErrorState error={error} title="The picture could not be made." onRetry={onRetry} compact />;
  const shown = picture && { ...picture, onWindow };
  return (
    <section aria-label={label} className="flex min-w-0 flex-col gap-2">
      <div className="flex items-start gap-1">
        <div className="min-w-0 grow">
          {shown ? (
            <StateHistogram {...shown} height={64} stale={stale} />
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
      {error ? (
        <p className="text-sm text-danger">
          The picture may be old.{" "}
          <Button size="small" kind="ghost" onClick={onRetry}>
            Retry
          </Button>
        </p>
      ) : null}
    </section>
  );
}
