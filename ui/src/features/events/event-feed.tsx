import { ArrowUp, Radio } from "lucide-react";
import { useRef } from "react";
import { Button } from "@/design/button";
import { DataTable } from "@/design/data-table/data-table";
import { pageProps } from "@/design/data-table/pages";
import { EmptyState } from "@/design/empty-state";
import { EVENT_COLUMNS } from "./columns";
import { EventHistogram } from "./event-histogram";
import { EventFilters, WidenButton } from "./filters";
import { EVERYTHING, type EventQuery, print } from "./query";
import { useFeed } from "./use-feed";

const MOST_COUNTED = 10_000;

interface EventFeedProps {
  query: EventQuery;
  onChange: (query: EventQuery) => void;
  /** It is about one resource, which the page around it has settled. */
  isScoped?: boolean | undefined;
}

/** What happens, as it happens: newest first, with a picture of when. */
export function EventFeed({ query, onChange, isScoped }: EventFeedProps) {
  const box = useRef<HTMLDivElement>(null);
  const isAtTop = useRef(true);
  const feed = useFeed(query, () => isAtTop.current);
  const toTop = () => {
    feed.showNew();
    box.current?.querySelector("table")?.parentElement?.scrollTo({ top: 0 });
  };
  // Where words are looked for, the server counts only what it has read.
  const isCounted = query.words === "" && feed.total !== undefined && feed.total < MOST_COUNTED;
  const total = isCounted ? feed.total : undefined;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <EventFilters query={query} onChange={onChange} isScoped={isScoped} />
      <EventHistogram
        query={query}
        onWindow={(from, to) => onChange({ ...query, window: { kind: "between", from, to } })}
      />
      <div
        ref={box}
        data-testid="events-table"
        className="min-w-0"
        onScrollCapture={(event) => {
          isAtTop.current = (event.target as HTMLElement).scrollTop < 8;
        }}
      >
        <DataTable
          id={isScoped ? "resource-events" : "events"}
          label="Events"
          noun="event"
          columns={EVENT_COLUMNS}
          rows={feed.rows}
          rowId={({ id }) => id}
          total={total}
          {...pageProps(feed)}
          height={isScoped ? "auto" : "page"}
          toolbar={
            feed.isBehind ? (
              <Button size="small" icon={ArrowUp} onClick={toTop}>
                Newer events
              </Button>
            ) : null
          }
          empty={<NoEvents query={query} onChange={onChange} isScoped={isScoped} />}
        />
      </div>
    </div>
  );
}

function NoEvents({ query, onChange, isScoped }: EventFeedProps) {
  const isNarrow = print({ ...query, window: EVERYTHING.window }) !== "";
  if (isScoped || isNarrow || query.window.kind === "between") {
    return (
      <EmptyState
        compact
        title="No event in this time"
        action={
          <>
            {isNarrow && !isScoped ? (
              <Button onClick={() => onChange({ ...EVERYTHING, window: query.window })}>
                Leave out the filter
              </Button>
            ) : null}
            <WidenButton query={query} onChange={onChange} />
          </>
        }
      />
    );
  }
  return (
    <EmptyState
      icon={Radio}
      title="Nothing has happened yet"
      command="penstock event emit order.placed --resource-id shop.order.17"
      action={<WidenButton query={query} onChange={onChange} />}
    >
      Each change of a run, a deployment, a pool or a variable is an event, and so is what your own programs
      tell.
    </EmptyState>
  );
}
