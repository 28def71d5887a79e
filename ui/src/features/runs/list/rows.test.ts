import { expect, test } from "vitest";
import type { RunRow } from "./queries";
import { isWithin, type Pages, rowsOf, withChanged, withNew } from "./rows";

const row = (id: string, minute: number, name = id): RunRow =>
  ({ id, name, expected_start_time: `2026-11-28T12:${String(minute).padStart(2, "0")}:00Z` }) as RunRow;
const pages = (...all: RunRow[][]): Pages => ({
  pages: all.map((rows, index) => ({
    rows,
    next: null,
    count: index === 0 ? all.flat().length : null,
    since: null,
  })),
  pageParams: all.map(() => null),
});
const names = (of: Pages) => rowsOf(of)?.map(({ name }) => name);

test("rows change at their places, and go when they are gone", () => {
  const before = pages([row("c", 3), row("b", 2)], [row("a", 1)]);
  const after = withChanged(before, new Set(["b", "c"]), [row("b", 50, "B")]);
  expect(names(after)).toEqual(["B", "a"]);
  expect(after.pages[0]?.count).toBe(2);
  expect(after.pages[1]).toBe(before.pages[1]);
});

test("new rows come in where the order has them, once", () => {
  const after = withNew(pages([row("c", 3), row("a", 1)]), [row("b", 2), row("d", 4), row("c", 3)]);
  expect(names(after)).toEqual(["d", "c", "b", "a"]);
  expect(after.pages[0]?.count).toBe(4);
});

test("what comes below the last row that is loaded waits for its page", () => {
  const rows = [row("c", 3), row("b", 2)];
  expect(isWithin(row("a", 1), rows, false)).toBe(false);
  expect(isWithin(row("a", 1), rows, true)).toBe(true);
  expect(isWithin(row("d", 4), rows, false)).toBe(true);
});

test("a row that moved between two pages is shown once", () => {
  expect(names(pages([row("b", 2)], [row("b", 2), row("a", 1)]))).toEqual(["b", "a"]);
});
