// @vitest-environment jsdom
import { expect, test } from "vitest";
import { describe as inWords } from "./describe";
import { buildModel, LOOKS } from "./model";
import { actionOf, step, stops } from "./navigation";
import { timelineOf } from "./sample";
import { matching } from "./use-match";

const model = buildModel(
  timelineOf([
    { task: "a", started: 0, ended: 3000, expected: 0 },
    { task: "b", started: 700, expected: 200, ended: 900, attempts: 3, state: ["FAILED", "TimedOut"] },
    { task: "b", started: 800, ended: 900 },
    { task: "c", expected: 1000, state: ["PENDING", "Pending"] },
  ]),
);

test("j and k go through what is shown: a closed task is one stop", () => {
  expect(stops(model, () => true)).toHaveLength(4);
  const closed = stops(model, () => false);
  expect(closed.map(({ kind }) => kind)).toEqual(["task", "group", "task"]);
  expect(step(closed, null, 1)).toEqual(closed[0]);
  expect(step(closed, null, -1)).toEqual(closed[2]);
  expect(step(closed, closed[0] ?? null, 1)).toEqual(closed[1]);
  expect(step(closed, closed[2] ?? null, 10)).toEqual(closed[2]);
  expect(step([], null, 1)).toBeNull();
});

test("keys of the browser and the page are left alone", () => {
  const key = (key: string, mod = false) => actionOf({ key, ctrlKey: mod, metaKey: false, altKey: false });
  expect(key("+")).toEqual({ do: "zoom", factor: 1.4 });
  expect(key("+", true)).toBeUndefined();
  expect(key("Tab")).toBeUndefined();
  expect(key("r")).toBeUndefined();
});

test("what is selected is said in words", () => {
  expect(inWords(model, { kind: "task", index: 1 }, 5000)).toBe(
    "b-1, Timed out, took 200 ms, waited 500 ms, 3 attempts",
  );
  expect(inWords(model, { kind: "task", index: 3 }, 5000)).toContain("not started");
  expect(inWords(model, { kind: "group", group: 1, onName: true }, 5000)).toBe(
    "b: 2 task runs, 1 failed, 1 completed.",
  );
  expect(inWords(model, null, 5000)).toBe("");
});

test("a filter goes by name, task and state", () => {
  expect(matching(model, "", new Set())).toBeNull();
  expect([...(matching(model, "B-2", new Set()) ?? [])]).toEqual([0, 0, 1, 0]);
  expect([...(matching(model, "", new Set([LOOKS.indexOf("FAILED")])) ?? [])]).toEqual([0, 1, 0, 0]);
});
