import { LOOKS, type Look } from "./model";

// Icons of 12 × 12 for the canvas, as strokes. They say the same as the icons of the badges, smaller.
const STROKES: Record<Look, string> = {
  COMPLETED: "M2.5 6.5 5 9l4.5-6",
  CACHED: "M2.5 6.5 5 9l4.5-6M1 11h10",
  FAILED: "M3 3l6 6M9 3l-6 6",
  CRASHED: "M7 1 3 7h5l-3 4.5",
  CANCELLED: "M6 1.5a4.5 4.5 0 1 0 .01 0M3 3l6 6",
  CANCELLING: "M6 1.5a4.5 4.5 0 1 0 .01 0M4 6h4",
  RUNNING: "M3.5 2.5v7l6-3.5z",
  PENDING: "M6 1.5a4.5 4.5 0 0 1 4.5 4.5M6 10.5A4.5 4.5 0 0 1 1.5 6",
  SCHEDULED: "M6 1.5a4.5 4.5 0 1 0 .01 0M6 3.5V6l2 1.5",
  AWAITING_RETRY: "M2 6a4 4 0 1 1 1.5 3.1M2 10.500V8h2.500",
  PAUSED: "M4 2.500v7M8 2.500v7",
};

let paths: Path2D[] | undefined;

/** The icon of a look, by its index. */
export function glyphOf(look: number): Path2D {
  paths ??= LOOKS.map((each) => new Path2D(STROKES[each]));
  return paths[look] as Path2D;
}
