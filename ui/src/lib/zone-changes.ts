// When the clock of a zone is put forward or back.
import { partsOf, type Zone } from "@/lib/time";

const MINUTE = 60_000;
const DAY = 86_400_000;
const STEP = 7 * DAY;

/** How far the clock of a zone is ahead of UTC at a moment, in milliseconds. */
export function offsetAt(moment: number, zone: Zone): number {
  const at = Math.floor(moment / 1000) * 1000;
  const { year, month, day, hour, minute, second } = partsOf(at, zone);
  return Date.UTC(+year, +month - 1, +day, +hour, +minute, +second) - at;
}

/** The moments after `from` at which the clock changes, for a year and a bit. */
export function clockChanges(zone: Zone, from: number, most = 2, days = 400): number[] {
  const found: number[] = [];
  let low = from;
  let offset = offsetAt(low, zone);
  while (found.length < most && low < from + days * DAY) {
    const high = low + STEP;
    const next = offsetAt(high, zone);
    if (next !== offset) found.push(firstWith(next, low, high, zone));
    low = high;
    offset = next;
  }
  return found;
}

function firstWith(offset: number, from: number, to: number, zone: Zone): number {
  let [low, high] = [from, to];
  while (high - low > MINUTE) {
    const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
    if (middle <= low) break;
    if (offsetAt(middle, zone) === offset) high = middle;
    else low = middle;
  }
  return Math.round(high / MINUTE) * MINUTE;
}
