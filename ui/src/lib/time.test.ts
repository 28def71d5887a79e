import { expect, test } from "vitest";
import { absolute, brief, relative } from "./time";

const now = Date.parse("2026-03-29T12:00:00Z");

test.each([
  ["2026-03-29T12:00:00.900Z", "now"],
  ["2026-03-29T11:59:48Z", "12 s ago"],
  ["2026-03-29T12:03:10Z", "in 3 min"],
  ["2026-03-29T08:00:00Z", "4 h ago"],
  ["2026-03-31T12:00:00Z", "in 2 d"],
  ["2024-01-01T00:00:00Z", "2 y ago"],
  ["nonsense", ""],
])("%s is %s", (moment, said) => expect(relative(moment, now)).toBe(said));

test("the same moment in zones, over a change of clocks", () => {
  expect(absolute("2026-03-29T00:59:59Z", "Europe/Berlin", { offset: true })).toBe(
    "2026-03-29 01:59:59 UTC+1",
  );
  expect(absolute("2026-03-29T01:00:00Z", "Europe/Berlin", { offset: true })).toBe(
    "2026-03-29 03:00:00 UTC+2",
  );
  expect(absolute("2026-03-29T01:00:00.123456Z", "utc", { precision: "millisecond", offset: true })).toBe(
    "2026-03-29 01:00:00.123 UTC",
  );
});

test("brief says only what differs from now", () => {
  expect(brief("2026-03-29T07:01:02Z", "utc", now)).toBe("07:01:02");
  expect(brief("2026-03-12T07:01:02Z", "utc", now)).toBe("03-12 07:01");
  expect(brief("2025-12-31T23:59:59Z", "utc", now)).toBe("2025-12-31");
});
