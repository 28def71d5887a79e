import { expect, test } from "vitest";
import { bytes, count, duration, maker, percent, plural, shortCount } from "./format";

test.each([
  [null, "–"],
  [0, "0 s"],
  [0.0002, "< 1 ms"],
  [0.24, "240 ms"],
  [0.9999, "1 s"],
  [3.24, "3.2 s"],
  [59.6, "1 min"],
  [250, "4 min 10 s"],
  [7500, "2 h 5 min"],
  [86_400 * 3 + 3600 * 4, "3 d 4 h"],
  [-3, "−3 s"],
])("%s seconds are %s", (seconds, said) => expect(duration(seconds)).toBe(said));

test("counts, sizes and shares", () => {
  expect(count(12_345)).toBe("12,345");
  expect([950, 12_345, 999_960].map(shortCount)).toEqual(["950", "12.3k", "1M"]);
  expect([0, 1, 1200].map((n) => plural(n, "run"))).toEqual(["0 runs", "1 run", "1,200 runs"]);
  expect([0, 999, 1000, 1_234_567].map(bytes)).toEqual(["0 B", "999 B", "1 kB", "1.2 MB"]);
  expect([percent(1, 0), percent(1, 1000), percent(1, 2)]).toEqual(["–", "< 1 %", "50 %"]);
});

test.each([
  [null, undefined],
  [{ type: "CLI", display_value: "local" }, "local (cli)"],
  [{ type: "DEPLOYMENT", display_value: "daily" }, "daily"],
  [{ type: "SCHEDULE", display_value: null }, "schedule"],
])("%j was made by %s", (by, words) => expect(maker(by)).toBe(words));
