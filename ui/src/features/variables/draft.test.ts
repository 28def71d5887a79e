import { describe, expect, it } from "vitest";
import { draftOf, EMPTY, mistakesIn, toSave, withKind } from "./draft";
import type { Variable } from "./queries";

const variable = (value: unknown): Variable => ({
  id: "1",
  created: "2026-01-01T00:00:00Z",
  updated: "2026-01-01T00:00:00Z",
  name: "limit",
  value,
  tags: ["a"],
});

describe("a variable becomes a draft and itself again", () => {
  it.each(["", "text", "42", "true", 42, true, null, [1, "2"], { a: { b: null } }])("%j", (value) => {
    expect(toSave(draftOf(variable(value)))).toEqual({ name: "limit", value, tags: ["a"] });
  });
});

it("the other spelling says the same, where it can", () => {
  const text = { ...EMPTY, text: "hello" };
  expect(withKind(text, "json").text).toBe('"hello"');
  expect(withKind(withKind(text, "json"), "text")).toEqual(text);
  expect(withKind({ ...EMPTY, text: "42" }, "json").text).toBe("42");
  expect(withKind({ ...EMPTY, kind: "json", text: "{broken" }, "text").text).toBe("{broken");
});

it("mistakes are told by field", () => {
  expect(mistakesIn({ ...EMPTY, name: "a b" })).toHaveProperty("name");
  expect(mistakesIn({ ...EMPTY, name: "a", kind: "json", text: "{" })).toHaveProperty("value");
  expect(mistakesIn({ ...EMPTY, name: "a", text: "{" })).toEqual({});
});
