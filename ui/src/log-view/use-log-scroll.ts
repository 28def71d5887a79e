import { type RefObject, useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from "react";
import { LineHeights } from "./line-heights";
import type { LogBuffer } from "./log-buffer";
import { ScrollMap } from "./scroll-map";

export const LINE_PX = 20;
const OVERSCAN_PX = 500;
const SETTLE_MS = 160;

export interface LogScroll {
  /** Places of the first and last line that are rendered. */
  first: number;
  last: number;
  /** Where a line is put, within the element that scrolls. */
  topOf: (place: number) => number;
  barHeight: number;
  follow: boolean;
  setFollow: (follow: boolean) => void;
  goTo: (place: number) => void;
  goToStart: () => void;
  goToEnd: () => void;
  place: () => number;
  onScroll: () => void;
  /** Told by each line that is rendered. */
  measure: (place: number, height: number) => void;
}

interface Options {
  scroller: RefObject<HTMLElement | null>;
  buffer: LogBuffer;
  /** When it changes, lines have other heights than before. */
  shape: string;
  startsFollowing: boolean;
}

/** Which lines of a million are in view, and where. */
export function useLogScroll({ scroller, buffer, shape, startsFollowing }: Options): LogScroll {
  const [, render] = useReducer((times: number) => times + 1, 0);
  const [follow, setFollow] = useState(startsFollowing);
  const kept = useRef({
    map: new ScrollMap(),
    heights: new LineHeights(LINE_PX),
    view: 0,
    anchor: { place: 0, into: 0 },
  });
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { map, heights } = kept.current;
  const total = buffer.total ?? 0;
  heights.resize(total);
  map.resize(heights.height, kept.current.view);

  const moveBar = useCallback(
    (offset: number) => {
      const bar = map.goTo(offset);
      const element = scroller.current;
      if (!element) return;
      // Lines may just have turned out to be higher: without the new height the browser would stop short.
      const content = element.firstElementChild as HTMLElement | null;
      if (content) content.style.height = `${map.barHeight}px`;
      element.scrollTop = bar;
    },
    [map, scroller],
  );
  /** Remembers which line is at the upper edge, so that it stays there whatever happens to lines above. */
  const anchor = useCallback(() => {
    const place = heights.indexAt(map.offset);
    kept.current.anchor = { place, into: map.offset - heights.offsetOf(place) };
  }, [heights, map]);

  const stay = useCallback(() => {
    map.resize(heights.height, kept.current.view);
    if (follow) moveBar(map.maxOffset);
    else {
      const { place, into } = kept.current.anchor;
      const offset = heights.offsetOf(place) + into;
      if (Math.abs(offset - map.offset) > 0.5) moveBar(offset);
    }
  }, [follow, heights, map, moveBar]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: other lines begin at their beginning
  useLayoutEffect(() => {
    kept.current.anchor = { place: 0, into: 0 };
  }, [buffer]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these makes lines higher or lower
  useLayoutEffect(() => {
    heights.clear();
    stay();
    render();
  }, [shape, heights]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: more lines, and following or not, ask for another place
  useLayoutEffect(() => {
    stay();
    render();
  }, [total, follow, stay]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      kept.current.view = element.clientHeight;
      stay();
      render();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, stay]);

  const first = heights.indexAt(map.offset - OVERSCAN_PX);
  const last = Math.min(total - 1, heights.indexAt(map.offset + kept.current.view + OVERSCAN_PX));
  const { version } = buffer;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what came or failed may leave something to ask for
  useEffect(() => {
    if (last >= first) buffer.ensure(first, last);
  }, [buffer, first, last, version]);

  const changed = useRef(false);
  const measure = useCallback(
    (place: number, height: number) => {
      if (heights.set(place, height) !== 0) changed.current = true;
    },
    [heights],
  );
  // Runs after those of the lines, which told their heights.
  useLayoutEffect(() => {
    if (!changed.current) return;
    changed.current = false;
    stay();
    render();
  });

  const onScroll = () => {
    if (!scroller.current) return;
    const before = map.offset;
    map.scrolled(scroller.current.scrollTop);
    // Our own move of the bar is told to us too; what it is anchored to stays.
    if (Math.abs(map.offset - before) < 1) return;
    anchor();
    if (map.offset < before - 1) setFollow(false);
    else if (map.offset >= map.maxOffset - 2 && map.offset > before) setFollow(true);
    if (map.isScaled) {
      clearTimeout(settle.current);
      settle.current = setTimeout(() => {
        if (scroller.current) scroller.current.scrollTop = map.settled();
        render();
      }, SETTLE_MS);
    }
    render();
  };
  useEffect(() => () => clearTimeout(settle.current), []);

  const goToOffset = (offset: number, thenFollow: boolean) => {
    moveBar(offset);
    anchor();
    setFollow(thenFollow);
    render();
  };
  return {
    first,
    last,
    topOf: (place) => map.place(heights.offsetOf(place)),
    barHeight: map.barHeight,
    follow,
    setFollow,
    goTo: (place) => {
      const offset = heights.offsetOf(place);
      goToOffset(offset - Math.max(0, kept.current.view / 2 - LINE_PX * 2), false);
      // Lines above turn out to be higher when they are seen: the one that was asked for stays in the middle.
      kept.current.anchor = { place, into: map.offset - offset };
    },
    goToStart: () => goToOffset(0, false),
    goToEnd: () => goToOffset(map.maxOffset, true),
    place: () => heights.indexAt(map.offset),
    onScroll,
    measure,
  };
}
