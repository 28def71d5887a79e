import { expect, test } from "vitest";
import type { Schema } from "@/lib/api";
import { attemptsOf } from "./attempts";

type Type = Schema["StateType"];
const entry = (type: Type, second: number, name = type.charAt(0) + type.slice(1).toLowerCase()) =>
  ({
    state: { id: `s${second}`, type, name, timestamp: new Date(second * 1000).toISOString() },
    actor: null,
  }) as unknown as Schema["StateEntry"];

test("a run that went well has one attempt, with what came before it", () => {
  const [attempt, ...others] = attemptsOf([entry("PENDING", 0), entry("RUNNING", 2), entry("COMPLETED", 5)]);
  expect(others).toEqual([]);
  expect(attempt).toMatchObject({ number: 1, waited: null });
  expect(attempt?.entries).toHaveLength(3);
  expect(attempt?.outcome.type).toBe("COMPLETED");
});

test("each retry is an attempt, and knows how long it waited", () => {
  const attempts = attemptsOf([
    entry("PENDING", 0),
    entry("RUNNING", 1),
    entry("SCHEDULED", 3, "AwaitingRetry"),
    entry("RUNNING", 13, "Retrying"),
    entry("FAILED", 20),
  ]);
  expect(attempts.map(({ number }) => number)).toEqual([1, 2]);
  expect(attempts.map(({ outcome }) => outcome.name)).toEqual(["AwaitingRetry", "Failed"]);
  expect(attempts[1]?.waited).toBe(10);
});

test("a retry without a wait is one all the same", () => {
  const attempts = attemptsOf([entry("RUNNING", 1), entry("RUNNING", 4, "Retrying"), entry("COMPLETED", 6)]);
  expect(attempts.map(({ number }) => number)).toEqual([1, 2]);
});

test("what never ran has no attempt, and what runs has one without an end", () => {
  expect(attemptsOf([entry("PENDING", 0), entry("CANCELLED", 1)])).toMatchObject([
    { number: 0, started: null },
  ]);
  expect(attemptsOf([entry("RUNNING", 1)])).toMatchObject([{ number: 1, ended: null }]);
  expect(attemptsOf([])).toEqual([]);
});
