import { useEffect, useRef } from "react";
import { count, plural } from "@/lib/format";
import { Button } from "../button";

interface LoadMoreProps {
  loaded: number;
  total: number | undefined;
  noun: string;
  hasMore: boolean;
  loading: boolean;
  onLoadMore: (() => unknown) | undefined;
}

/** Of the window, and of whatever scrolls inside it; where browsers don't know the second, the end must be in view. */
const NEAR = { rootMargin: "400px", scrollMargin: "400px" };

/** The end of the list: more comes when it is near, and by a button. */
export function LoadMore({ loaded, total, noun, hasMore, loading, onLoadMore }: LoadMoreProps) {
  const end = useRef<HTMLDivElement>(null);
  const load = useRef(onLoadMore);
  useEffect(() => {
    load.current = onLoadMore;
  });
  const mayLoad = hasMore && !loading && onLoadMore !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it looks again whether the end is in view when rows came
  useEffect(() => {
    if (!mayLoad || !end.current || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) load.current?.();
    }, NEAR);
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [mayLoad, loaded]);
  return (
    <div ref={end} className="sticky left-0 flex min-h-10 items-center gap-3 px-3 text-sm text-muted">
      <span>
        {total === undefined || total <= loaded
          ? `${plural(loaded, noun)}${hasMore ? " so far" : ""}`
          : `${count(loaded)} of ${plural(total, noun)}`}
      </span>
      {hasMore && onLoadMore ? (
        <Button kind="ghost" size="small" busy={loading} onClick={() => onLoadMore()}>
          Load more
        </Button>
      ) : null}
    </div>
  );
}
