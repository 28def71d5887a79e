import { useEffect, useState } from "react";

const LEAST = 360;
const BELOW = 24;
const TOP_BAR = 64;

/** How high a box may be to end where the window ends; where it starts too far down, as high as the window shows. */
export function useAvailableHeight(box: HTMLElement | null, wanted: boolean): number | undefined {
  const [height, setHeight] = useState<number>();
  useEffect(() => {
    if (!wanted || !box) return;
    const measure = () => {
      const left = innerHeight - (box.getBoundingClientRect().top + scrollY) - BELOW;
      setHeight(Math.max(LEAST, left >= LEAST ? left : innerHeight - TOP_BAR - BELOW));
    };
    addEventListener("resize", measure);
    // What is above it may come later, or grow. It tells the first time too, when the page has been laid out anyway:
    // to ask before that would make the browser do it twice.
    const observer = new ResizeObserver(measure);
    observer.observe(box.closest("main") ?? box);
    return () => {
      removeEventListener("resize", measure);
      observer.disconnect();
    };
  }, [box, wanted]);
  return wanted ? (height ?? LEAST * 2) : undefined;
}
