// Schedules in words, where few will do: "at 09:00 on weekdays". All others are told as they were written. The
// server says the same of a schedule that is previewed; lists would have to ask it for each of their rows.

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];
const SHORT_DAYS = DAYS.map((name) => name.slice(0, 3).toUpperCase());
const SHORT_MONTHS = ["", ...MONTHS.map((name) => name.slice(0, 3).toUpperCase())];
const UNITS: readonly (readonly [string, number])[] = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const RRULE_UNITS: Record<string, string> = {
  WEEKLY: "week",
  DAILY: "day",
  HOURLY: "hour",
  MINUTELY: "minute",
  SECONDLY: "second",
};
const ALIASES: Record<string, string> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MOST_TIMES = 4;

export interface ScheduleLike {
  cron?: string | undefined;
  interval?: number | undefined;
  rrule?: string | undefined;
  timezone?: string | null | undefined;
}

export function inWords({ cron, interval, rrule }: ScheduleLike): string {
  if (cron !== undefined) return ofCron(cron) ?? `cron ${cron.trim()}`;
  if (interval !== undefined) return ofInterval(interval);
  return ofRrule(rrule ?? "") ?? (rrule ?? "").trim();
}

function ofInterval(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds % each === 0) ?? ["second", 1];
  return every(seconds / size, unit);
}

const every = (number: number, unit: string): string =>
  number === 1 ? `every ${unit}` : `every ${number} ${unit}s`;

function ofCron(cron: string): string | undefined {
  const fields = (ALIASES[cron.trim().toLowerCase()] ?? cron).trim().toUpperCase().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !weekday) return undefined;
  const dates = datesOf(day, month, weekday);
  if (dates === undefined) return undefined;
  const frequent = often(minute, hour);
  if (frequent !== undefined) return dates === "every day" ? frequent : `${frequent} ${dates}`;
  const times = timesOf(hour, minute);
  return times && `at ${times} ${dates}`;
}

const isDigits = (text: string): boolean => /^\d+$/.test(text);

/** What happens in every hour, or every few hours. */
function often(minute: string, hour: string): string | undefined {
  if (hour === "*" && minute === "*") return "every minute";
  if (hour === "*" && isDigits(minute))
    return Number(minute) ? `every hour at minute ${Number(minute)}` : "every hour";
  if (hour === "*") return eachStep(minute, 60, "minute");
  return minute === "0" ? eachStep(hour, 24, "hour") : undefined;
}

/** Every so many: "0/15". A step that does not divide the whole is not the same all the time. */
function eachStep(field: string, whole: number, unit: string): string | undefined {
  const step = Number(/^\*\/(\d+)$/.exec(field)?.[1]);
  return step > 0 && whole % step === 0 ? every(step, unit) : undefined;
}

function timesOf(hour: string, minute: string): string | undefined {
  const hours = numbersOf(hour);
  if (!hours || hours.length > MOST_TIMES || !isDigits(minute)) return undefined;
  return listed(hours.map((each) => `${pad(each)}:${pad(Number(minute))}`));
}

const pad = (number: number): string => String(number).padStart(2, "0");

/** On which days; nothing where days of the month and of the week, or of some months, come together. */
function datesOf(day: string, month: string, weekday: string): string | undefined {
  if (weekday !== "*")
    return day === "*" && month === "*" ? onWeekdays(numbersOf(weekday, SHORT_DAYS)) : undefined;
  if (day === "*") return month === "*" ? "every day" : undefined;
  if (day !== "L" && !isDigits(day)) return undefined;
  const ofMonth = day === "L" ? "the last day" : `day ${Number(day)}`;
  if (month === "*") return `on ${ofMonth} of every month`;
  const months = numbersOf(month, SHORT_MONTHS);
  return months && `on ${ofMonth} of ${listed(months.map((each) => MONTHS[each - 1] ?? ""))}`;
}

/** Days of the week by their numbers; Sunday is 0, and 7. */
function onWeekdays(numbers: readonly number[] | undefined): string | undefined {
  if (!numbers) return undefined;
  const days = [...new Set(numbers.map((number) => number % 7))].sort((a, b) => a - b);
  if (days.join() === "1,2,3,4,5") return "on weekdays";
  if (days.join() === "0,6") return "at weekends";
  if (days.length === DAYS.length) return "every day";
  const fromMonday = days.sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  return `on ${listed(fromMonday.map((each) => `${DAYS[each]}s`))}`;
}

/** What a field of numbers, names and ranges between commas stands for; nothing for any other. */
function numbersOf(field: string, names: readonly string[] = []): number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [low = "", high = low] = part.split("-");
    const [first, last] = [numberOf(low, names), numberOf(high, names)];
    if (first === undefined || last === undefined || first > last || last - first > 400) return undefined;
    for (let each = first; each <= last; each += 1) found.add(each);
  }
  return [...found].sort((a, b) => a - b);
}

function numberOf(text: string, names: readonly string[]): number | undefined {
  if (text && names.includes(text)) return names.indexOf(text);
  return isDigits(text) ? Number(text) : undefined;
}

function listed(words: readonly string[]): string {
  const others = words.slice(0, -1);
  const last = words.at(-1) ?? "";
  return others.length ? `${others.join(", ")} and ${last}` : last;
}

/** A single rule without a start, which begins on a Monday at midnight. */
function ofRrule(text: string): string | undefined {
  const rule = text.trim().toUpperCase();
  if (/\s/.test(rule)) return undefined;
  const parts = new Map(
    rule
      .replace(/^RRULE:/, "")
      .split(";")
      .map((part) => part.split("=", 2) as [string, string]),
  );
  const take = (key: string, otherwise = ""): string => {
    const value = parts.get(key) ?? otherwise;
    parts.delete(key);
    return value;
  };
  const unit = RRULE_UNITS[take("FREQ")];
  const number = Number(take("INTERVAL", "1"));
  if (!unit || !(number > 0)) return undefined;
  if (unit !== "day" && unit !== "week") return parts.size ? undefined : every(number, unit);
  const times = timesOf(take("BYHOUR", "0"), take("BYMINUTE", "0"));
  const dates = unit === "week" ? rruleDays(take("BYDAY", "MO")) : "every day";
  if (!times || !dates || parts.size) return undefined;
  if (number === 1) return `at ${times} ${dates}`;
  return unit === "week"
    ? `${every(number, unit)} ${dates} at ${times}`
    : `${every(number, unit)} at ${times}`;
}

function rruleDays(text: string): string | undefined {
  const letters = SHORT_DAYS.map((name) => name.slice(0, 2));
  const found = text.split(",").map((each) => letters.indexOf(each));
  return found.includes(-1) ? undefined : onWeekdays(found);
}
