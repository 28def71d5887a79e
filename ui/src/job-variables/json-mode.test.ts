import { describe, expect, test } from "vitest";
import type { JsonObject } from "./json";
import { printLayer, readLayer, textFor } from "./json-mode";

describe("a layer as JSON", () => {
  test.each<JsonObject>([
    {},
    { image: "a", env: { A: "1", B: null, C: 1.5, D: true, "a.b": ["x", { y: null }] } },
    { text: '"quotes" \\ \n \u2028 {{ penstock.secrets.x }}', empty: "", list: [], map: {} },
    { constructor: "x", "1": 2 },
  ])("%o goes there and back", (variables) => {
    expect(readLayer(printLayer(variables))).toEqual({ variables });
  });
  test("__proto__ is a key like any other", () => {
    const read = readLayer('{"env": {"__proto__": "x"}}');
    expect("variables" in read && Object.keys(read.variables.env as object)).toEqual(["__proto__"]);
  });
  test.each([
    ['{"a": 1,}', 8],
    ['{"a": 1, "a": 2}', 9],
    ["[1]", 0],
  ])("%s is kept as text, with the place of what is wrong", (text, from) => {
    expect(readLayer(text)).toMatchObject({ problems: [{ from }] });
    expect(textFor({ a: 1 }, text)).toBe(text);
  });
  test.each(["12345678901234567890", "1.0", "0.10", "1e3", "-0", "0.0000001"])(
    "%s keeps its spelling",
    (number) => {
      const text = `{\n  "a": ${number}\n}`;
      const read = readLayer(text);
      expect("variables" in read && printLayer(read.variables)).toBe(text);
    },
  );
  test("what was typed stays as it was typed while it says the same", () => {
    expect(textFor({ a: 1, b: 2 }, '{ "b":2,\n"a":1 }')).toBe('{ "b":2,\n"a":1 }');
    expect(textFor({ a: 1 }, '{"a": 2}')).toBe(printLayer({ a: 1 }));
  });
});
