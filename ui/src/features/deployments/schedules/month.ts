// A month as a calendar has it: weeks from Monday, with the times that fall on each day.
import { partsOf } from "@/lib/time";
import { offsetAt } from "@/lib/zone-changes";

export interface Occurrence {
  at: string;
  note: string | null;
  /** Which of the schedules makes it. */
  source: number;
}

export interface Day {
  /** `2026-03-29`; nothing for a day of another month. */
  date: string;
  number: number;
  isOther: boolean;
  runs: Occurrence[];
}

export interface YearMonth {
  year: number;
  /** From 1. */
  month: number;
}

export function monthOf(moment: number, zone: string): YearMonth {
  const { year, month } = partsOf(moment, zone);
  return { year: Number(year), month: Number(month) };
}

export function shifted({ year, month }: YearMonth, by: number): YearMonth {
  const months = year * 12 + month - 1 + by;
  return { year: Math.floor(months / 12), month: (months % 12) + 1 };
}

/** The moment at which a month begins on the clock of a zone. */
export function startOf({ year, month }: YearMonth, zone: string): number {
  const wall = Date.UTC(year, month - 1, 1);
  const guess = wall - offsetAt(wall, zone);
  return wall - offsetAt(guess, zone);
}

const pad = (number: number) => String(number).padStart(2, "0");
const DAY_MS = 86_400_000;

export function dayOf(moment: string | number, zone: string): string {
  const { year, month, day } = partsOf(moment, zone);
  return `${year}-${month}-${day}`;
}

/** Weeks of seven days, with the ends of the months before and after. */
export function weeksOf(
  { year, month }: YearMonth,
  occurrences: readonly Occurrence[],
  zone: string,
): Day[][] {
  const byDay = new Map<string, Occurrence[]>();
  for (const each of occurrences) {
    const date = dayOf(each.at, zone);
    const known = byDay.get(date);
    if (known) known.push(each);
    else byDay.set(date, [each]);
  }
  const first = Date.UTC(year, month - 1, 1);
  const lead = (new Date(first).getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const days = Array.from({ length: Math.ceil((lead + length) / 7) * 7 }, (_, index): Day => {
    const day = new Date(first + (index - lead) * DAY_MS);
    const date = `${day.getUTCFullYear()}-${pad(day.getUTCMonth() + 1)}-${pad(day.getUTCDate())}`;
    const isOther = day.getUTCMonth() !== month - 1;
    return { date, number: day.getUTCDate(), isOther, runs: isOther ? [] : (byDay.get(date) ?? []) };
  });
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}
