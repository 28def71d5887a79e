import { instantOf, isDate, localZone, offsetAt, parseMoment } from "@/schema-form/moments";

const zoneOf = (zone: string) => (zone === "local" ? localZone() : zone === "utc" ? "UTC" : zone);

/** A moment that somebody wrote; without an offset it is one of the zone. A day alone is its beginning. */
export function readMoment(text: string, zone: string): number | undefined {
  const whole = isDate(text) ? `${text}T00:00` : text;
  const moment = parseMoment(whole);
  if (!moment) return undefined;
  const offset = moment.offset || offsetAt(zoneOf(zone), moment);
  return instantOf({ ...moment, offset });
}

/** In UTC, as short as it is exact: `2026-11-28T08:00Z`. */
export function writeMoment(instant: number): string {
  return new Date(instant).toISOString().replace(/(:00)?\.000Z$/, "Z");
}
