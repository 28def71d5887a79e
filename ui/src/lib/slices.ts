// Slices of time for pictures: of a round length, so that each can be named.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LENGTHS = [
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];

export interface Slices {
  /** Milliseconds; so is `end`. */
  start: number;
  end: number;
  seconds: number;
  count: number;
}

/** At most `most` slices of a round length around a window; they start where the clocks of `offset` minutes are round. */
export function slicesOf(from: number, to: number, most: number, offset = 0): Slices {
  const wanted = (to - from) / 1000 / most;
  const seconds = LENGTHS.find((length) => length >= wanted) ?? Math.ceil(wanted / (7 * DAY)) * 7 * DAY;
  const size = seconds * 1000;
  const shift = offset * 60_000;
  const start = Math.floor((from + shift) / size) * size - shift;
  const count = Math.max(1, Math.ceil((to - start) / size));
  return { start, end: start + count * size, seconds, count };
}

/** Slices that are round by the clocks here, as a histogram is asked for. */
export function localSlices(from: number, to: number, most: number) {
  const { start, end, count } = slicesOf(from, to, most, -new Date().getTimezoneOffset());
  return { start: new Date(start).toISOString(), end: new Date(end).toISOString(), slices: count };
}

const DAY_MS = DAY * 1000;

/** A slice for each of the last days, today's the last. */
export const lastDays = (days: number, now: number) => localSlices(now - (days - 1) * DAY_MS, now, days);
