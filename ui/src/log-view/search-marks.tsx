import { useLayoutEffect, useRef, useState } from "react";
import { marksPath } from "./hits";

/** Where the hits are in the whole, along the scroll bar. */
export function SearchMarks({
  positions,
  at,
  total,
}: {
  positions: readonly number[];
  at: number;
  total: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const current = positions[at];
  return (
    <div ref={box} aria-hidden className="pointer-events-none absolute inset-y-0 right-0 w-2.5">
      {positions.length > 0 && height > 0 ? (
        <svg aria-hidden="true" width="10" height={height} className="block">
          <path d={marksPath(positions, total, height, 10)} stroke="var(--warning)" strokeWidth="2" />
          {current === undefined ? null : (
            <path d={marksPath([current], total, height, 10)} stroke="var(--accent)" strokeWidth="4" />
          )}
        </svg>
      ) : null}
    </div>
  );
}
