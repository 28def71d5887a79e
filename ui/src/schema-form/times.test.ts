import { describe, expect, test } from "vitest";
import { durationFrom, parseIsoDuration, tellDuration } from "./durations";
import { instantOf, isDate, isMoment, isTime, momentIn, offsetAt, parseMoment, printMoment } from "./moments";

test.each([
  ["PT10M", "PT10M"],
  ["P1DT2H3M4.5S", "P1DT2H3M4.5S"],
  ["-PT1H", "-PT1H"],
  ["1h 30m", "PT1H30M"],
  ["1h30m", "PT1H30M"],
  ["90 minutes", "PT1H30M"],
  ["2 days and 3 hours", "P2DT3H"],
  ["1 week", "P7D"],
  ["1.5 h", "PT1H30M"],
  ["0,5 s", "PT0.5S"],
  ["250 ms", "PT0.25S"],
  ["01:30", "PT1H30M"],
  ["00:00:05", "PT5S"],
  ["- 5 min", "-PT5M"],
  ["0s", "PT0S"],
  ["", undefined],
  ["soon", undefined],
  ["5", undefined],
  ["P", undefined],
  ["PT", undefined],
  ["P1Y", undefined],
  ["5 mine", undefined],
])("%s is the length %s", (typed, iso) => {
  expect(durationFrom(typed)).toBe(iso);
});

test.each([
  ["PT10M", "10 min"],
  ["P1DT2H", "1 day 2 h"],
  ["P2W", "14 days"],
  ["-PT1.5S", "minus 1.5 s"],
  ["PT0S", "0 s"],
])("%s is told as %s", (iso, told) => {
  const length = parseIsoDuration(iso);
  expect(length && tellDuration(length)).toBe(told);
});

describe("moments", () => {
  test.each([
    "2026-08-22T09:00:00+02:00",
    "2026-08-22 09:00Z",
    "2026-08-22T09:00:00.000001-03:30",
    "2024-02-29T00:00",
  ])("%s keeps its letters", (text) => {
    const moment = parseMoment(text);
    expect(moment && printMoment(moment)).toBe(text);
  });

  test.each(["2026-02-29T09:00", "2026-08-22T24:00", "2026-08-22", "tomorrow", ""])("%s is none", (text) => {
    expect(isMoment(text)).toBe(false);
  });

  test("days and times", () => {
    expect([isDate("2024-02-29"), isDate("2023-02-29"), isDate("2024-2-9")]).toEqual([true, false, false]);
    expect([isTime("09:30"), isTime("09:30:00.5+02:00"), isTime("9:30"), isTime("24:00")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("a zone has another offset in summer", () => {
    expect(offsetAt("Europe/Berlin", { date: "2026-08-22", time: "09:00" })).toBe("+02:00");
    expect(offsetAt("Europe/Berlin", { date: "2026-01-22", time: "09:00:00" })).toBe("+01:00");
    expect(offsetAt("Asia/Kolkata", { date: "2026-01-22", time: "09:00" })).toBe("+05:30");
    expect(offsetAt("America/New_York", { date: "2026-03-08", time: "03:30" })).toBe("-04:00");
  });

  test("an instant on the clocks of a zone, and back", () => {
    const instant = Date.parse("2026-10-25T00:30:00Z");
    expect(printMoment(momentIn("Europe/Berlin", instant))).toBe("2026-10-25T02:30:00+02:00");
    expect(printMoment(momentIn("UTC", instant))).toBe("2026-10-25T00:30:00Z");
    expect(instantOf(momentIn("Asia/Kolkata", instant))).toBe(instant);
  });
});
