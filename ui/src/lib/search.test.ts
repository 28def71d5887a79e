import { expect, test } from "vitest";
import { flagOf, listOf, numberOf, oneOf, parseSearch, stringifySearch, textOf } from "./search";

test("keys that every object has are keys like others", () => {
  expect(parseSearch("?constructor=1&toString=a&toString=b")).toEqual({
    constructor: "1",
    toString: ["a", "b"],
  });
  expect(textOf(parseSearch("?q=1&__proto__=2"), "q")).toBe("1");
  expect(textOf({}, "constructor")).toBe("");
});

test("what is written is read again", () => {
  const text = stringifySearch({
    q: "a b&c",
    state: ["FAILED", "CRASHED"],
    page: 2,
    late: true,
    off: false,
    no: undefined,
  });
  expect(text).toBe("?q=a+b%26c&state=FAILED&state=CRASHED&page=2&late=true");
  const search = parseSearch(text);
  expect(textOf(search, "q")).toBe("a b&c");
  expect(listOf(search, "state")).toEqual(["FAILED", "CRASHED"]);
  expect(numberOf(search, "page")).toBe(2);
  expect(flagOf(search, "late")).toBe(true);
  expect(flagOf(search, "off")).toBe(false);
});

test("one item of a list is a list", () => {
  expect(listOf(parseSearch("?state=FAILED"), "state")).toEqual(["FAILED"]);
  expect(listOf(parseSearch(""), "state")).toEqual([]);
});

test("what cannot be used falls back", () => {
  const search = parseSearch("?tab=nonsense&page=x");
  expect(oneOf(search, "tab", ["logs", "tasks"])).toBe("logs");
  expect(numberOf(search, "page")).toBeUndefined();
});

test("text that looks like something else stays text", () => {
  expect(textOf(parseSearch("?id=123&x=null&y=%7B%7D"), "id")).toBe("123");
  expect(textOf(parseSearch("?x=null"), "x")).toBe("null");
});
