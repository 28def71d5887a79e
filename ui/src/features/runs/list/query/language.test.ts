import { describe, expect, test } from "vitest";
import { NO_FILTER, type RunFilter } from "./filter";
import { parse } from "./parse";
import { print } from "./print";
import { accepted, offersAt, placeAt } from "./suggest";

const read = (text: string, zone = "utc"): RunFilter => {
  const { filter, problems } = parse(text, zone);
  expect(problems).toEqual([]);
  return filter;
};
const problem = (text: string) => {
  const [first] = parse(text, "utc").problems;
  return first && { word: first.text, start: first.start, instead: first.instead };
};

describe("text and filter are the same", () => {
  test.each([
    "",
    "otter",
    "state:failed,crashed -flow:etl tag:prod param.n=3 jv.env.REGION=eu created:ui brisk otter",
    "state:failed -state:late",
    "tag:a tag:b -tag:c,d",
    'flow:"my flow","a,b" deployment:etl/prod pool:"x y" queue:default',
    'param.a."b.c"."d=e"=" x "',
    'param.n="*" param.m=* -jv.env=*',
    'param.text="say \\"hi\\" \\\\ there"',
    'state:"My own state"',
    'jv.url=http://x/?a=b,c param.empty=""',
    'since:24h "-not" "state:word" "param.x"',
    "since:all state:late",
    "next:7d",
    "since:2026-03-29T00:30Z until:2026-03-29T02:30:15Z",
    "until:2026-03-29T02:30Z",
  ])("%s", (text) => {
    expect(print(read(text))).toBe(text);
    expect(read(print(read(text)))).toEqual(read(text));
  });

  test("what is set by chips has a text that means it", () => {
    const filter: RunFilter = {
      window: { kind: "past", span: "1h" },
      terms: [
        { key: "tag", values: ['odd "tag", with \\ all'], negated: true },
        {
          key: "jv",
          path: ["labels", "app.kubernetes.io/name", ""].slice(0, 2),
          value: "a=b",
          negated: false,
        },
      ],
      words: "",
    };
    expect(read(print(filter))).toEqual(filter);
  });

  test("the same is said shorter where it was said long", () => {
    expect(print(read("  STATE:Failed state:awaitingRetry  since:7d -tag:a -tag:a,b"))).toBe(
      "state:failed,awaiting-retry -tag:a,b",
    );
    expect(print(NO_FILTER)).toBe("");
  });

  test("times without a zone are those of whoever types them", () => {
    const window = (text: string, zone: string) => read(text, zone).window;
    expect(window("since:2026-07-01T12:00", "Europe/Berlin")).toEqual({
      kind: "between",
      from: Date.parse("2026-07-01T10:00Z"),
    });
    expect(window("until:2026-01-01", "Europe/Berlin")).toEqual({
      kind: "between",
      to: Date.parse("2025-12-31T23:00Z"),
    });
    expect(window("since:2026-07-01T12:00+05:30", "utc")).toEqual({
      kind: "between",
      from: Date.parse("2026-07-01T06:30Z"),
    });
  });
});

describe("what is not understood is told", () => {
  test.each([
    ["stat:failed", "stat:failed", "state:failed"],
    ["otter -stat:failed", "-stat:failed", "-state:failed"],
    ["state:fialed", "state:fialed", "state:failed"],
    ["created:command", "created:command", undefined],
    ["created:schedul", "created:schedul", "created:schedule"],
    ["-pool:x", "-pool:x", undefined],
    ["-otter", "-otter", undefined],
    ["state:", "state:", undefined],
    ["param.n", "param.n", "param.n=*"],
    ["-param.n=3", "-param.n=3", "-param.n=*"],
    ["param=3", "param=3", undefined],
    ["since:yesterday", "since:yesterday", undefined],
    ["since:7d until:2026-01-01", "until:2026-01-01", undefined],
    ["tag:a,b tag:c,d", "tag:c,d", undefined],
    ['tag:"a b', 'tag:"a b', undefined],
    ["http://x", "http://x", undefined],
  ])("%s", (text, word, instead) => {
    expect(problem(text)).toEqual({ word, start: text.indexOf(word), instead });
  });

  test("the rest is still read", () => {
    expect(parse("stat:x otter state:late", "utc").filter).toMatchObject({ words: "otter" });
  });
});

describe("suggestions", () => {
  const at = (text: string) => placeAt(text, text.length);
  const labels = (text: string) => offersAt(at(text)).map(({ label }) => label);

  test("are of keys, then of their values", () => {
    expect(labels("st")).toEqual(["state:"]);
    expect(labels("state:fa")).toEqual(["failed"]);
    expect(labels("-state:failed,cr")).toEqual(["crashed"]);
    expect(labels("created:c")).toEqual(["cli"]);
    expect(at("flow:et")).toMatchObject({ kind: "flow", written: "et" });
    expect(labels("otter")).toEqual([]);
  });

  test("take the place of what is written", () => {
    const text = "a -state:failed,cr b";
    const place = placeAt(text, 18);
    const [offer] = offersAt(place);
    expect(offer && accepted(text, place, offer)).toEqual({ text: "a -state:failed,crashed b", caret: 23 });
  });
});
