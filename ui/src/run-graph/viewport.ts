/** Which stretch of time is seen, in how many pixels; and how far down. */
export interface Viewport {
  /** Milliseconds at the left edge. */
  readonly start: number;
  readonly msPerPx: number;
  readonly scrollY: number;
}

export const AXIS_HEIGHT = 28;
const MIN_MS_PER_PX = 0.02;

export function clampViewport(
  view: Viewport,
  extent: readonly [number, number],
  width: number,
  overflowY: number,
): Viewport {
  const span = extent[1] - extent[0];
  const widest = (span / Math.max(1, width)) * 1.06;
  const msPerPx = Math.min(widest, Math.max(MIN_MS_PER_PX, view.msPerPx));
  const seen = msPerPx * width;
  const slack = seen * 0.03;
  const lowest = extent[0] - slack;
  const highest = Math.max(lowest, extent[1] + slack - seen);
  return {
    start: Math.min(highest, Math.max(lowest, view.start)),
    msPerPx,
    scrollY: Math.min(Math.max(0, overflowY), Math.max(0, view.scrollY)),
  };
}

export function fitTo(from: number, to: number, width: number, scrollY = 0): Viewport {
  const span = Math.max(to - from, 1);
  const msPerPx = (span / Math.max(1, width)) * 1.06;
  return { start: from - msPerPx * width * 0.03, msPerPx, scrollY };
}

/** Zooms so that what is at `x` stays there; a factor above 1 comes nearer. */
export function zoomAround(view: Viewport, x: number, factor: number): Viewport {
  const msPerPx = view.msPerPx / factor;
  return { ...view, start: view.start + x * (view.msPerPx - msPerPx), msPerPx };
}

export function panBy(view: Viewport, dx: number, dy: number): Viewport {
  return { ...view, start: view.start + dx * view.msPerPx, scrollY: view.scrollY + dy };
}

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** The time between two ticks so that they are at least `apart` pixels apart. */
export function tickStep(msPerPx: number, apart = 90): number {
  const wanted = msPerPx * apart;
  const day = 86_400_000;
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / day) * day;
}

/** A time on the axis as people say it, as exact as the step between ticks: `1m 30s`, `2.5s`, `40ms`. */
export function elapsedText(ms: number, step: number): string {
  if (ms === 0) return "0";
  const sign = ms < 0 ? "−" : "";
  const value = Math.abs(ms);
  if (value < 1000 && step < 1000) return `${sign}${round(value)}ms`;
  if (value < 60_000) return `${sign}${round(value / 1000)}s`;
  const days = Math.floor(value / 86_400_000);
  const hours = Math.floor((value % 86_400_000) / 3_600_000);
  const minutes = Math.floor((value % 3_600_000) / 60_000);
  const seconds = (value % 60_000) / 1000;
  const parts: string[] = [];
  if (days) parts.push(`${days}d`);
  if (hours) parts.push(`${hours}h`);
  if (minutes) parts.push(`${minutes}m`);
  if (step < 60_000 && seconds) parts.push(`${round(seconds)}s`);
  return sign + (parts.join(" ") || "0");
}

const round = (value: number): string => String(Number(value.toFixed(3)));
