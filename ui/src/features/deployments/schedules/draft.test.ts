import { describe, expect, it } from "vitest";
import { parseJson, printJson } from "@/lib/exact-json";
import { clockChanges } from "@/lib/zone-changes";
import type { Schedule } from "../queries";
import { amountOf, draftOf, hasBothDays, newDraft, parametersOf, scheduleOf } from "./draft";
import { missedToSave, missedWords } from "./missed";
import { dayOf, shifted, startOf, weeksOf } from "./month";

const saved = (schedule: Schedule["schedule"], more: Partial<Schedule> = {}): Schedule => ({
  id: "1",
  created: "2026-01-01T00:00:00Z",
  updated: "2026-01-01T00:00:00Z",
  deployment_id: "2",
  schedule,
  active: true,
  max_scheduled_runs: null,
  parameters: {},
  slug: null,
  ...more,
});
const edited = (schedule: Schedule["schedule"]) => draftOf(saved(schedule), parseJson("{}"));

describe("a schedule that is edited", () => {
  it.each([
    [{}, { catch_up: null, max_lateness_seconds: null }, []],
    [
      { catch_up: "latest", max_lateness_seconds: 300 },
      { catch_up: "latest", max_lateness_seconds: 300 },
      ["makes up the newest missed run", "skips what is 300 s late"],
    ],
    [{ catch_up: "none" }, { catch_up: "none", max_lateness_seconds: null }, ["skips missed runs"]],
  ] as [Partial<Schedule>, object, string[]][])("keeps what %j says of missed runs", (said, sent, words) => {
    const before = saved({ cron: "0 9 * * *", day_or: true, timezone: "UTC" }, said);
    expect(missedToSave(draftOf(before, parseJson("{}")))).toEqual(sent);
    expect(missedWords(before)).toEqual(words);
  });

  it.each([
    [{ cron: "30 2 * * *", day_or: false, timezone: "Europe/Berlin" }],
    [{ rrule: "FREQ=DAILY", timezone: "UTC" }],
    [{ interval: 5400, anchor_date: "2026-03-29T00:30:15.250000Z", timezone: "Europe/Berlin" }],
  ] as Schedule["schedule"][][])("%j comes back as it was", (schedule) => {
    const before = saved(schedule as Schedule["schedule"]);
    expect(scheduleOf(draftOf(before, parseJson("{}")), before)).toEqual(schedule);
  });

  it("shows the usual anchor of an interval as nothing, and sends none for it", () => {
    const monday = { interval: 3600, anchor_date: "2023-12-31T23:00:00Z", timezone: "Europe/Berlin" };
    expect(edited(monday).anchor).toBe("");
    expect(scheduleOf({ ...edited(monday), zone: "UTC" })).toEqual({ interval: 3600, timezone: "UTC" });
  });

  it("reads an anchor on the clock of the zone", () => {
    const summer = { interval: 86_400, anchor_date: "2026-07-01T07:00:00Z", timezone: "Europe/Berlin" };
    expect(edited(summer).anchor).toBe("2026-07-01T09:00");
    expect(scheduleOf({ ...edited(summer), anchor: "2026-07-01T10:00" }, saved(summer))).toEqual({
      interval: 86_400,
      timezone: "Europe/Berlin",
      anchor_date: "2026-07-01T10:00",
    });
  });

  it("keeps what parameters were spelled like", () => {
    const before = saved({ rrule: "FREQ=DAILY", timezone: null });
    const read = parametersOf(draftOf(before, parseJson('{"id":12345678901234567890,"rate":1.0}')));
    expect("value" in read && printJson(read.value)).toBe('{"id":12345678901234567890,"rate":1.0}');
  });

  it("is none while nothing is said", () => {
    const draft = newDraft("UTC");
    expect(scheduleOf({ ...draft, cron: " " })).toBeUndefined();
    expect(scheduleOf({ ...draft, kind: "interval", every: null })).toBeUndefined();
  });

  it.each(["[1]", "{", "3"])("has no parameters in %s", (parameters) =>
    expect(parametersOf({ ...newDraft("UTC"), parameters })).toHaveProperty("error"),
  );

  it.each([
    [90, { every: 90, unit: "seconds" }],
    [7200, { every: 2, unit: "hours" }],
    [604_800, { every: 1, unit: "weeks" }],
  ])("says %d seconds as %j", (seconds, amount) => expect(amountOf(seconds)).toEqual(amount));

  it.each([
    ["0 9 13 * FRI", true],
    ["0 9 * * FRI", false],
    ["0 9 13 *", false],
  ])("knows that %s has both days: %s", (cron, both) => expect(hasBothDays(cron)).toBe(both));
});

describe("the clock of a zone", () => {
  it("changes in Berlin twice a year, at one in the morning UTC", () => {
    const found = clockChanges("Europe/Berlin", Date.parse("2026-01-10T00:00Z"));
    expect(found.map((each) => new Date(each).toISOString())).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-10-25T01:00:00.000Z",
    ]);
  });

  it("never changes in UTC", () => expect(clockChanges("utc", 0)).toEqual([]));
});

describe("a month", () => {
  const march = { year: 2026, month: 3 };

  it("begins when the clock of the zone says so, before and after it changes", () => {
    expect(new Date(startOf(march, "Europe/Berlin")).toISOString()).toBe("2026-02-28T23:00:00.000Z");
    expect(new Date(startOf(shifted(march, 1), "Europe/Berlin")).toISOString()).toBe(
      "2026-03-31T22:00:00.000Z",
    );
    expect(shifted({ year: 2026, month: 12 }, 1)).toEqual({ year: 2027, month: 1 });
    expect(shifted({ year: 2026, month: 1 }, -1)).toEqual({ year: 2025, month: 12 });
  });

  it("has weeks from Monday, and each time on its day in the zone", () => {
    const at = "2026-03-28T23:30:00Z";
    const weeks = weeksOf(march, [{ at, note: null, source: 0 }], "Europe/Berlin");
    expect(weeks).toHaveLength(6);
    expect(weeks[0]?.map(({ number }) => number)).toEqual([23, 24, 25, 26, 27, 28, 1]);
    expect(weeks.flat().find(({ runs }) => runs.length)?.date).toBe("2026-03-29");
    expect(dayOf(at, "utc")).toBe("2026-03-28");
  });
});
