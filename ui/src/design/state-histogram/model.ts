/** How many runs of one type of states each slice has. */
export interface Series {
  type: string;
  counts: readonly number[];
}

/** What stands in a bar, from its foot up: what ended first, what is to come last. */
const ORDER = [
  "COMPLETED",
  "FAILED",
  "CRASHED",
  "CANCELLED",
  "CANCELLING",
  "RUNNING",
  "PENDING",
  "PAUSED",
  "SCHEDULED",
];

export function stacked(series: readonly Series[]): Series[] {
  const place = ({ type }: Series) => (ORDER.indexOf(type) + ORDER.length + 1) % (ORDER.length + 1);
  return [...series].sort((a, b) => place(a) - place(b));
}

export function totals(series: readonly Series[], count: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    series.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
  );
}

/** The number at the top of the scale: the next round one. */
export function scaleTop(most: number): number {
  if (most <= 4) return Math.max(most, 1);
  const step = 10 ** Math.floor(Math.log10(most));
  const top = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * step >= most) ?? 10;
  return Math.ceil(top * step);
}

/** The slices between two places in pixels, both included. */
export function slicesBetween(a: number, b: number, width: number, count: number): [number, number] {
  const at = (x: number) => Math.max(0, Math.min(count - 1, Math.floor((x / width) * count)));
  return [at(Math.min(a, b)), at(Math.max(a, b))];
}

/** Counts by time as the server tells them. */
export interface ToldHistogram {
  start: string;
  slice_seconds: number;
  slices: number;
  series: readonly { state_type: string; counts: readonly number[] }[];
}

/** The same as a histogram takes them. */
export function pictureOf({ start, slice_seconds, slices, series }: ToldHistogram) {
  return {
    start: Date.parse(start),
    sliceSeconds: slice_seconds,
    slices,
    series: series.map(({ state_type: type, counts }): Series => ({ type, counts })),
  };
}
