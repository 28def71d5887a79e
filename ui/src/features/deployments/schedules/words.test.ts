import { describe, expect, it } from "vitest";
import { inWords } from "./words";

describe("schedules in words", () => {
  it.each([
    ["* * * * *", "every minute"],
    ["*/15 * * * *", "every 15 minutes"],
    ["*/7 * * * *", "cron */7 * * * *"],
    ["0 * * * *", "every hour"],
    ["5 * * * *", "every hour at minute 5"],
    ["0 */6 * * *", "every 6 hours"],
    ["30 2 * * *", "at 02:30 every day"],
    ["0 9 * * MON-FRI", "at 09:00 on weekdays"],
    ["0 9,17 * * sat,sun", "at 09:00 and 17:00 at weekends"],
    ["0 9 * * 0", "at 09:00 on Sundays"],
    ["0 9 * * 7,1", "at 09:00 on Mondays and Sundays"],
    ["0 0 L * *", "at 00:00 on the last day of every month"],
    ["0 0 1 1,7 *", "at 00:00 on day 1 of January and July"],
    ["@daily", "at 00:00 every day"],
    ["0 9 13 * FRI", "cron 0 9 13 * FRI"],
    ["0 9 * * MON#2", "cron 0 9 * * MON#2"],
    ["*/15 * * * MON", "every 15 minutes on Mondays"],
    ["not a cron", "cron not a cron"],
  ])("%s is %s", (cron, words) => expect(inWords({ cron })).toBe(words));

  it.each([
    [60, "every minute"],
    [90, "every 90 seconds"],
    [21_600, "every 6 hours"],
    [86_400, "every day"],
    [1_209_600, "every 2 weeks"],
    [1.5, "every 1.5 seconds"],
  ])("an interval of %d s is %s", (interval, words) => expect(inWords({ interval })).toBe(words));

  it.each([
    ["FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=7;BYMINUTE=0", "at 07:00 on Mondays and Thursdays"],
    ["RRULE:FREQ=DAILY;INTERVAL=2;BYHOUR=6", "every 2 days at 06:00"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Fridays at 00:00"],
    ["FREQ=HOURLY;INTERVAL=3", "every 3 hours"],
    ["FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=1MO"],
    ["DTSTART:20260101T000000\nRRULE:FREQ=DAILY", "DTSTART:20260101T000000\nRRULE:FREQ=DAILY"],
  ])("%s is %s", (rrule, words) => expect(inWords({ rrule })).toBe(words));
});
