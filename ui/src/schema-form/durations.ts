// Lengths of time: ISO 8601 in the value, words for people. "1h 30m", "90 min", "2 days" and "01:30" are read as well.

export interface Duration {
  readonly negative: boolean;
  /** In whole and broken seconds. */
  readonly seconds: number;
}

const ISO =
  /^([+-])?P(?=[\dT])(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/i;
const AMOUNT =
  /^(\d+(?:[.,]\d+)?)\s*(milliseconds?|ms|weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?![a-z])/i;
const CLOCK = /^(\d+):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?$/;
const UNITS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };

const amount = (text: string | undefined): number => Number((text ?? "0").replace(",", "."));

/** An ISO duration of weeks, days and smaller; months and years have no fixed length. */
export function parseIsoDuration(text: string): Duration | undefined {
  const found = ISO.exec(text.trim());
  if (!found) return undefined;
  const [, sign, weeks, days, hours, minutes, seconds] = found;
  const total =
    amount(weeks) * 604_800 +
    amount(days) * 86_400 +
    amount(hours) * 3600 +
    amount(minutes) * 60 +
    amount(seconds);
  return { negative: sign === "-", seconds: total };
}

/** What a person typed as an ISO duration; ISO text stays as it is. Undefined where it is no length of time. */
export function durationFrom(typed: string): string | undefined {
  const text = typed.trim();
  if (parseIsoDuration(text)) return text;
  const negative = text.startsWith("-");
  const seconds = clock(text.replace(/^[+-]\s*/, "")) ?? words(text.replace(/^[+-]\s*/, ""));
  return seconds === undefined ? undefined : printIsoDuration({ negative, seconds });
}

function clock(text: string): number | undefined {
  const [, hours, minutes, seconds] = CLOCK.exec(text) ?? [];
  return hours === undefined ? undefined : amount(hours) * 3600 + amount(minutes) * 60 + amount(seconds);
}

function words(text: string): number | undefined {
  let rest = text;
  let total: number | undefined;
  while (rest) {
    const [whole = "", count, unit = ""] = AMOUNT.exec(rest) ?? [];
    if (!whole) return undefined;
    const size = /^m(s|illi)/i.test(unit) ? 0.001 : (UNITS[unit[0]?.toLowerCase() ?? ""] ?? 0);
    total = (total ?? 0) + amount(count) * size;
    rest = rest.slice(whole.length).replace(/^[\s,]*(and\s+)?/i, "");
  }
  return total;
}

/** The parts of a length: days, hours, minutes, seconds (with up to six decimals). */
function parts(seconds: number): [number, number, number, number] {
  const micros = Math.round(seconds * 1e6);
  const rest = micros % 86_400_000_000;
  return [
    Math.floor(micros / 86_400_000_000),
    Math.floor(rest / 3_600_000_000),
    Math.floor((rest % 3_600_000_000) / 60_000_000),
    (rest % 60_000_000) / 1e6,
  ];
}

export function printIsoDuration({ negative, seconds }: Duration): string {
  const [days, hours, minutes, rest] = parts(seconds);
  const time = [hours && `${hours}H`, minutes && `${minutes}M`, rest && `${rest}S`].filter(Boolean).join("");
  const text = `${days ? `${days}D` : ""}${time ? `T${time}` : ""}`;
  return `${negative ? "-" : ""}P${text || "T0S"}`;
}

/** A length in words: `1 day 2 h 30 min`. */
export function tellDuration({ negative, seconds }: Duration): string {
  const [days, hours, minutes, rest] = parts(seconds);
  const told = [
    days && `${days} ${days === 1 ? "day" : "days"}`,
    hours && `${hours} h`,
    minutes && `${minutes} min`,
    rest && `${rest} s`,
  ].filter(Boolean);
  return `${negative ? "minus " : ""}${told.join(" ") || "0 s"}`;
}
