import { describe, expect, test } from "vitest";
import {
  ExactNumber,
  fromPlain,
  isWhole,
  JsonSyntaxError,
  numberOf,
  parseJson,
  printJson,
  sameJson,
  toPlain,
} from "./exact-json";

describe("what is read is written again", () => {
  test.each([
    "12345678901234567890",
    "-0",
    "1.0",
    "0.10",
    "1e400",
    "1E+2",
    '{"b":1,"2":2,"1":3,"__proto__":4,"":5}',
    '[[],{},"",null,true,false]',
    '"\\u0000\\ud800é\\n\\"\\\\"',
  ])("%s", (text) => {
    expect(printJson(parseJson(text))).toBe(text.replace("\\ud800", JSON.stringify("\ud800").slice(1, -1)));
  });

  test("with a line for each entry", () => {
    const text = '{\n  "a": [\n    1.0,\n    {}\n  ],\n  "b": []\n}';
    expect(printJson(parseJson(text), 2)).toBe(text);
    expect(JSON.stringify(JSON.parse(text), null, 2)).toBe(text.replace("1.0", "1"));
  });
});

test.each([
  ["", "missing"],
  ["[1,]", "missing"],
  ["{a: 1}", "quotes"],
  ['{"a" 1}', "colon"],
  ['{"a":1 "b":2}', "comma"],
  ['{"a":1,"a":2}', "twice"],
  ["01", "no JSON value"],
  ["NaN", "no JSON value"],
  ["1.", "no JSON value"],
  ['"a\nb"', "closing"],
  ['"\\x"', "escape"],
  ["[1] 2", "after"],
])("%s is an error that says what is wrong", (text, word) => {
  expect(() => parseJson(text)).toThrow(JsonSyntaxError);
  expect(() => parseJson(text)).toThrow(word);
});

test("an error says where", () => {
  expect(() => parseJson('{\n  "a": x\n}')).toThrow("line 2, column 8");
});

test("deep nesting is refused and does not exhaust the stack", () => {
  expect(() => parseJson("[".repeat(100_000))).toThrow("deep");
});

test("numbers keep their spelling only where JavaScript would change it", () => {
  expect(numberOf("42")).toBe(42);
  expect(numberOf("1.0")).toEqual(new ExactNumber("1.0"));
  expect(numberOf("1,5")).toBeUndefined();
  expect(numberOf("0x1")).toBeUndefined();
});

test("what is whole", () => {
  expect(
    ["3", "3.0", "3e2", "1.5e1", "123456789012345678901"].map((text) => isWhole(numberOf(text) ?? 0.5)),
  ).toEqual(Array(5).fill(true));
  expect(["3.5", "1e-1", "1.55e1"].map((text) => isWhole(numberOf(text) ?? 1))).toEqual([
    false,
    false,
    false,
  ]);
});

test("equality minds the spelling and not the order", () => {
  expect(sameJson(parseJson('{"a":1,"b":[1.0]}'), parseJson('{"b":[1.0],"a":1}'))).toBe(true);
  expect(sameJson(parseJson("1"), parseJson("1.0"))).toBe(false);
  expect(sameJson(parseJson('{"a":null}'), parseJson("{}"))).toBe(false);
  expect(sameJson(undefined, null)).toBe(false);
});

test("plain values come in and go out", () => {
  const plain = { a: [1, "x", null, true, { b: 0.5 }] };
  expect(toPlain(fromPlain(plain))).toEqual(plain);
});
