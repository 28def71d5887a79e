// Dates and times as texts of ISO 8601, in the parts that a person changes: what they typed is kept to the letter, a
// new day or zone replaces its own part only.

export interface Moment {
  /** `2026-08-22`. */
  readonly date: string;
  /** `09:00:00.5`, as it is written. */
  readonly time: string;
  /** `Z`, `+02:00`; empty where none is given. */
  readonly offset: string;
  /** What stands between date and time. */
  readonly between: string;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(Z|z|[+-]\d{2}(:?\d{2})?)?$/;
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})([Tt ])(\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

export function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  const found = new Date(0);
  found.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return found.getUTCMonth() === Number(month) - 1 && found.getUTCDate() === Number(day);
}

export const isTime = (text: string): boolean => TIME.test(text);

export const isMoment = (text: string): boolean => parseMoment(text) !== undefined;

export function parseMoment(text: string): Moment | undefined {
  const [, date = "", between = "T", time = "", offset = ""] = MOMENT.exec(text.trim()) ?? [];
  return isDate(date) && isTime(time) ? { date, between, time, offset } : undefined;
}

export const printMoment = ({ date, between, time, offset }: Moment): string =>
  `${date}${between}${time}${offset}`;

/** The moment in milliseconds; without an offset it is taken as UTC. */
export function instantOf({ date, time, offset }: Moment): number {
  const zone = offset === "" || offset.toUpperCase() === "Z" ? "Z" : colons(offset);
  return Date.parse(`${date}T${time.replace(",", ".").replace(/(\.\d{3})\d+/, "$1")}${zone}`);
}

const colons = (offset: string): string => {
  const digits = offset.slice(1).replace(":", "").padEnd(4, "0");
  return `${offset[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
};

/** The offset that a zone of the IANA list has at a wall-clock time: `+02:00`. */
export function offsetAt(zone: string, wall: Pick<Moment, "date" | "time">): string {
  const asUtc = instantOf({ ...wall, between: "T", offset: "Z" });
  // The offset before the guess and after it differ only where clocks change between the two.
  const guess = offsetMinutes(zone, asUtc);
  const minutes = offsetMinutes(zone, asUtc - guess * 60_000);
  return offsetText(minutes);
}

export function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const pair = (part: number) => String(Math.floor(part)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${pair(size / 60)}:${pair(size % 60)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallParts(zone: string, instant: number): Record<string, string> {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
}

function offsetMinutes(zone: string, instant: number): number {
  const { year, month, day, hour, minute, second } = wallParts(zone, instant);
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Math.round((wall - Math.floor(instant / 1000) * 1000) / 60_000);
}

/** An instant as a zone's clocks show it, with its offset, in whole seconds. */
export function momentIn(zone: string, instant: number): Moment {
  const { year, month, day, hour, minute, second } = wallParts(zone, instant);
  const offset = zone === "UTC" ? "Z" : offsetText(offsetMinutes(zone, instant));
  return { date: `${year}-${month}-${day}`, between: "T", time: `${hour}:${minute}:${second}`, offset };
}

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
