// A schedule while somebody writes it: text of all three kinds, so that nothing is lost between them.
import { isMap, type Json, type JsonMap, JsonSyntaxError, parseJson, printJson } from "@/lib/exact-json";
import { partsOf } from "@/lib/time";
import type { Schedule } from "../queries";
import { type MissedDraft, missedOf } from "./missed";
import type { ScheduleSent } from "./queries";

export type ScheduleKind = "cron" | "interval" | "rrule";

export const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400, weeks: 604_800 } as const;
export type Unit = keyof typeof UNITS;

export interface ScheduleDraft extends MissedDraft {
  kind: ScheduleKind;
  cron: string;
  dayOr: boolean;
  every: number | null;
  unit: Unit;
  /** On the clock of the zone, `2026-03-29T02:30`; empty for the usual one, a Monday at midnight. */
  anchor: string;
  rrule: string;
  zone: string;
  active: boolean;
  most: number | null;
  slug: string;
  /** JSON. */
  parameters: string;
}

/** The Monday at midnight that intervals line up with when nothing else is said. */
const USUAL_ANCHOR = "2024-01-01T00:00";

export function newDraft(zone: string): ScheduleDraft {
  return {
    kind: "cron",
    cron: "0 9 * * *",
    dayOr: true,
    every: 1,
    unit: "hours",
    anchor: "",
    rrule: "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9;BYMINUTE=0",
    zone,
    active: true,
    most: null,
    slug: "",
    parameters: "{}",
    ...missedOf({}),
  };
}

/** What a schedule says, to be edited. `parameters` are those of it as they are spelled. */
export function draftOf(saved: Schedule, parameters: Json): ScheduleDraft {
  const { schedule } = saved;
  const zone = schedule.timezone ?? "UTC";
  const draft: ScheduleDraft = {
    ...newDraft(zone),
    active: saved.active,
    most: saved.max_scheduled_runs,
    slug: saved.slug ?? "",
    parameters: printJson(parameters, 2),
    ...missedOf(saved),
  };
  if ("cron" in schedule) return { ...draft, kind: "cron", cron: schedule.cron, dayOr: schedule.day_or };
  if ("rrule" in schedule) return { ...draft, kind: "rrule", rrule: schedule.rrule };
  const anchor = wallTime(schedule.anchor_date, zone);
  return {
    ...draft,
    kind: "interval",
    ...amountOf(schedule.interval),
    anchor: anchor === USUAL_ANCHOR ? "" : anchor,
  };
}

/** The largest unit of which it is a whole number. */
export function amountOf(seconds: number): { every: number; unit: Unit } {
  const units = Object.entries(UNITS).reverse() as [Unit, number][];
  const [unit, size] = units.find(([, each]) => seconds % each === 0) ?? (["seconds", 1] as const);
  return { every: seconds / size, unit };
}

/** A moment on the clock of a zone, as fields of date and time have it. */
export function wallTime(moment: string, zone: string): string {
  const { year, month, day, hour, minute, second } = partsOf(moment, zone);
  return `${year}-${month}-${day}T${hour}:${minute}${second === "00" ? "" : `:${second}`}`;
}

/** The schedule as the server takes it; nothing while it is not said at all. */
export function scheduleOf(draft: ScheduleDraft, saved?: Schedule): ScheduleSent | undefined {
  const timezone = draft.zone;
  if (draft.kind === "cron") {
    const cron = draft.cron.trim();
    return cron ? { cron, timezone, day_or: draft.dayOr } : undefined;
  }
  if (draft.kind === "rrule") {
    const rrule = draft.rrule.trim();
    return rrule ? { rrule, timezone } : undefined;
  }
  if (draft.every === null) return undefined;
  const anchor = anchorOf(draft, saved);
  return { interval: draft.every * UNITS[draft.unit], timezone, ...(anchor ? { anchor_date: anchor } : {}) };
}

/** The anchor as it was while nobody changed it: the field shows less of it than there is. */
function anchorOf({ anchor, zone }: ScheduleDraft, saved: Schedule | undefined): string {
  const before = saved?.schedule;
  if (!before || !("interval" in before) || (before.timezone ?? "UTC") !== zone) return anchor;
  return wallTime(before.anchor_date, zone) === anchor ? before.anchor_date : anchor;
}

/** Whether days of the month and days of the week are both given, so that it has to be said how they go together. */
export function hasBothDays(cron: string): boolean {
  const fields = cron.trim().split(/\s+/);
  return fields.length === 5 && fields[2] !== "*" && fields[4] !== "*";
}

export type ReadParameters = { value: JsonMap } | { error: string };

export function parametersOf({ parameters }: ScheduleDraft): ReadParameters {
  const text = parameters.trim();
  if (text === "") return { value: new Map() };
  try {
    const value = parseJson(text);
    return isMap(value) ? { value } : { error: "A JSON object is expected: {…}" };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { error: error.message };
    throw error;
  }
}

/** All time zones that the browser knows; UTC and its own first. */
export function zones(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return [...new Set(["UTC", own, ...known])];
}
