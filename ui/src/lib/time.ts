// Moments as people read them. `now` is handed in wherever something is decided.

export type Zone = "local" | "utc" | (string & {});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function toMillis(moment: string | number | Date): number {
  return typeof moment === "number" ? moment : new Date(moment).getTime();
}

/** How long ago or ahead, short: "now", "12 s ago", "in 3 min", "4 h ago", "in 2 d". */
export function relative(moment: string | number | Date, now: number): string {
  const distance = toMillis(moment) - now;
  const size = Math.abs(distance);
  if (Number.isNaN(size)) return "";
  if (size < 1500) return "now";
  const text = amount(size);
  return distance < 0 ? `${text} ago` : `in ${text}`;
}

/** How long ago, for "for 3 min". */
export function elapsed(moment: string | number | Date, now: number): string {
  return amount(Math.max(0, now - toMillis(moment)));
}

function amount(size: number): string {
  if (size < MINUTE) return `${Math.round(size / SECOND)} s`;
  if (size < HOUR) return `${Math.floor(size / MINUTE)} min`;
  if (size < DAY) return `${Math.floor(size / HOUR)} h`;
  if (size < 60 * DAY) return `${Math.floor(size / DAY)} d`;
  if (size < 730 * DAY) return `${Math.floor(size / (30 * DAY))} mo`;
  return `${Math.floor(size / (365 * DAY))} y`;
}

/** Milliseconds until what `relative` says changes; how often a shown time has to tick. */
export function staleAfter(moment: string | number | Date, now: number): number {
  const size = Math.abs(toMillis(moment) - now);
  if (size < MINUTE) return SECOND;
  if (size < HOUR) return 15 * SECOND;
  return MINUTE;
}

export function zoneName(zone: Zone): string {
  if (zone === "utc") return "UTC";
  return zone === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    timeZoneName: "shortOffset",
  });
  formats.set(zone, made);
  return made;
}

export interface MomentParts {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
  fraction: string;
  offset: string;
}

export function partsOf(moment: string | number | Date, zone: Zone): MomentParts {
  const parts = formatOf(zoneName(zone)).formatToParts(new Date(moment));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    hour: part("hour"),
    minute: part("minute"),
    second: part("second"),
    fraction: part("fractionalSecond"),
    offset: part("timeZoneName").replace("GMT", "UTC").replace(/\+0$/, ""),
  };
}

export type Precision = "day" | "minute" | "second" | "millisecond";

/** In full and sortable: "2026-03-29 14:05:09"; with the offset from UTC when it is asked for. */
export function absolute(
  moment: string | number | Date,
  zone: Zone,
  { precision = "second", offset = false }: { precision?: Precision; offset?: boolean } = {},
): string {
  if (Number.isNaN(toMillis(moment))) return "";
  const part = partsOf(moment, zone);
  const day = `${part.year}-${part.month}-${part.day}`;
  if (precision === "day") return day;
  let clock = `${part.hour}:${part.minute}`;
  if (precision !== "minute") clock += `:${part.second}`;
  if (precision === "millisecond") clock += `.${part.fraction}`;
  return `${day} ${clock}${offset ? ` ${part.offset}` : ""}`;
}

/** As short as it can be understood: the time today, the day and time this year, the day before that. */
export function brief(moment: string | number | Date, zone: Zone, now: number): string {
  if (Number.isNaN(toMillis(moment))) return "";
  const part = partsOf(moment, zone);
  const today = partsOf(now, zone);
  const clock = `${part.hour}:${part.minute}:${part.second}`;
  if (part.year !== today.year) return `${part.year}-${part.month}-${part.day}`;
  if (part.month === today.month && part.day === today.day) return clock;
  return `${part.month}-${part.day} ${part.hour}:${part.minute}`;
}
