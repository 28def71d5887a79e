import type { Preferences } from "@/lib/preferences";

/** In rem: `--row` of tokens.css. */
const ROWS: Record<Preferences["density"], number> = { comfortable: 2.5, compact: 2 };
let rem: number | undefined;

/** How high a row is whose text stays on one line, in pixels. */
export function rowHeight(density: Preferences["density"]): number {
  rem ??= Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return rem * ROWS[density];
}
