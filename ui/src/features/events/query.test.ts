import { describe, expect, test } from "vitest";
import { EVERYTHING, filterOf, parse, print } from "./query";

const NOW = Date.parse("2026-08-22T09:00:00Z");

describe("the line", () => {
  test.each([
    "",
    "event:prefect.flow-run.*",
    "event:order.placed -event:order.lost resource:shop.order.17 since:7d big order",
    'resource:"s3://bucket/a b" since:ever',
    "since:2026-08-22T07:00:00.000Z until:2026-08-22T08:00:00.000Z",
    "-not-this",
  ])("%s comes out as it went in", (text) => {
    expect(print(parse(text))).toBe(text);
  });

  test("that nobody understands is words to look for", () => {
    expect(parse("what:ever since:yesterday")).toEqual({ ...EVERYTHING, words: "what:ever" });
  });
});

describe("the filter", () => {
  test("asks for the last day where nothing is said", () => {
    expect(filterOf(EVERYTHING, NOW)).toEqual({
      occurred: { since: "2026-08-21T09:00:00.000Z" },
      order: "DESC",
    });
  });

  test("tells names from beginnings of names", () => {
    expect(filterOf(parse("event:a.b"), NOW).event).toEqual({ name: ["a.b"] });
    expect(filterOf(parse("event:a.* event:b -event:c.*"), NOW).event).toEqual({
      prefix: ["a.", "b"],
      exclude_prefix: ["c."],
    });
  });

  test("looks for resources and words", () => {
    expect(filterOf(parse("resource:x.1 some words"), NOW)).toMatchObject({
      any_resource: { id: ["x.1"] },
      text: { query: "some words" },
    });
  });
});
