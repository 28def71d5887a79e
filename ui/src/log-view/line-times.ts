import { partsOf, toMillis, type Zone } from "@/lib/time";

export const TIME_FORMATS = ["clock", "full", "elapsed", "none"] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

export const TIME_LABELS: Record<TimeFormat, string> = {
  clock: "Time of day",
  full: "Date and time",
  elapsed: "Since the run's start",
  none: "No times",
};

/** When a line was written, as people want to see it. */
export function lineTime(moment: string, format: TimeFormat, zone: Zone, origin: string | undefined): string {
  if (format === "none") return "";
  if (format === "elapsed") return elapsed(toMillis(moment) - toMillis(origin ?? moment));
  const part = partsOf(moment, zone);
  const clock = `${part.hour}:${part.minute}:${part.second}.${part.fraction}`;
  return format === "clock" ? clock : `${part.year}-${part.month}-${part.day} ${clock}`;
}

function elapsed(ms: number): string {
  const size = Math.abs(ms);
  const pad = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, "0");
  const rest = `${pad((size / 60_000) % 60)}:${pad((size / 1000) % 60)}.${pad(size % 1000, 3)}`;
  return `${ms < 0 ? "−" : "+"}${size >= 3_600_000 ? `${pad(size / 3_600_000)}:` : ""}${rest}`;
}
