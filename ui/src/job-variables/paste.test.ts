import { describe, expect, test } from "vitest";
import { DECLARATIONS } from "./fixtures";
import { planPaste, readPaste, textReader } from "./paste";

const declarations = new Map(DECLARATIONS.map((declaration) => [declaration.name, declaration]));
const options = {
  isDeclared: (name: string) => declarations.has(name),
  isMerged: (name: string) => declarations.get(name)?.merge === "keys",
  readText: textReader((name) => declarations.get(name)?.schema as never),
};
const read = (text: string, into?: string | null) => readPaste(text, { ...options, into });
const values = (text: string, into?: string | null) =>
  Object.fromEntries(read(text, into).entries.map(({ path, value }) => [path.join("/"), value]));

describe("lines", () => {
  test.each<[string, string, Record<string, unknown>]>([
    ["plain", "A=1", { "env/A": "1" }],
    [
      "text as it is",
      "PORT=0042\nFLAG=true\nN=null",
      { "env/PORT": "0042", "env/FLAG": "true", "env/N": "null" },
    ],
    ["export", "export A=1\n  export  B=2", { "env/A": "1", "env/B": "2" }],
    ["comments and blank lines", "# first\n\nA=1 # why\n   # more\nB=a#b", { "env/A": "1", "env/B": "a#b" }],
    ["only a comment as value", "A= # nothing", { "env/A": "" }],
    ["empty", "A=", { "env/A": "" }],
    ["single quotes", "A='a # \\n b'", { "env/A": "a # \\n b" }],
    ["double quotes", 'A="a \\"b\\"\\n\\tc" # done', { "env/A": 'a "b"\n\tc' }],
    [
      "over several lines",
      'KEY="-----BEGIN\nabc\n-----END"\nB=1',
      { "env/KEY": "-----BEGIN\nabc\n-----END", "env/B": "1" },
    ],
    ["single quotes over lines", "A='x\ny'", { "env/A": "x\ny" }],
    ["an equals sign in the value", "URL=postgres://u:p@h/db?a=b", { "env/URL": "postgres://u:p@h/db?a=b" }],
    ["spaces around", "  A =  1  ", { "env/A": "1" }],
    ["windows ends", "A=1\r\nB=2\r\n", { "env/A": "1", "env/B": "2" }],
    ["a byte order mark", "\uFEFFA=1", { "env/A": "1" }],
    ["compose lists", "- A=1\n- B=two", { "env/A": "1", "env/B": "two" }],
    ["YAML maps", "A: 1\nURL: http://x", { "env/A": "1", "env/URL": "http://x" }],
    ["dotted", "env.A=1\nenv.B=2", { "env/A": "1", "env/B": "2" }],
    ["references", "DB={{ penstock.secrets.db }}", { "env/DB": "{{ penstock.secrets.db }}" }],
    ["nothing is expanded", "A=$HOME/x", { "env/A": "$HOME/x" }],
    ["lower-case environment", "http_proxy=http://p", { "env/http_proxy": "http://p" }],
    ["job variables", "image=acme/etl:43\ncpu_limit=2", { image: "acme/etl:43", cpu_limit: 2 }],
    ["a job variable as its schema wants it", "image=42", { image: "42" }],
    ["job variables and env", "image=a\nenv.A=1", { image: "a", "env/A": "1" }],
  ])("%s", (_, text, expected) => {
    const result = read(text);
    expect(result.errors).toEqual([]);
    expect(values(text)).toEqual(expected);
  });

  test.each<[string, string, number, RegExp]>([
    ["no assignment", "A=1\njust words", 2, /NAME=value/],
    ["no name", "=1", 1, /no name/],
    ["spaces in a name", "A B=1", 1, /spaces/],
    ["an open quote", 'A="x', 1, /never closed/],
    ["text behind a quote", 'OK=1\nA="x" y', 2, /after its closing quote/],
    ["what the worker sets", "PENSTOCK__FLOW_RUN_ID=1", 1, /set by the worker/],
  ])("%s is told by its line", (_, text, line, message) => {
    expect(read(text).errors).toEqual([{ line, message: expect.stringMatching(message) }]);
  });

  test("what is right is kept beside what is wrong", () => {
    const result = read("A=1\nwhat\nB=2");
    expect(result.entries.map(({ line }) => line)).toEqual([1, 3]);
    expect(result.errors).toHaveLength(1);
  });
  test("of a name that comes twice the last counts", () => {
    expect(read("A=1\nB=2\nA=3").entries.map(({ line, superseded }) => [line, superseded])).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ]);
  });
  test("where names go can be said", () => {
    expect(values("image=x", "env")).toEqual({ "env/image": "x" });
    expect(values("A=[1]", null)).toEqual({ A: [1] });
    expect(values("team=data", "labels")).toEqual({ "labels/team": "data" });
  });
});

describe("JSON", () => {
  test.each<[string, Record<string, unknown>]>([
    ['{"A": "1", "B": 2, "C": true, "D": null}', { "env/A": "1", "env/B": 2, "env/C": true, "env/D": null }],
    ['{"env": {"A": 1}, "image": "x"}', { "env/A": 1, image: "x" }],
    ['{"env.A": 1}', { "env/A": 1 }],
    ['{"tolerations": ["a"]}', { tolerations: ["a"] }],
    ["{}", {}],
  ])("%s", (text, expected) => expect(values(text)).toEqual(expected));
  test("what is no JSON is told with its place", () => {
    expect(read('{"A": 1,\n"B": }').errors).toMatchObject([{ line: 2 }]);
    expect(read('{"A": 1, "A": 2}').errors).toMatchObject([{ message: expect.stringContaining("twice") }]);
  });
});

test("nothing", () => expect(read("  \n ")).toMatchObject({ format: "empty", entries: [], errors: [] }));

test("what each line would do", () => {
  const own = { env: { A: "1", B: "2" } };
  const entries = read('{"A": "1", "B": "3", "C": "x", "D": null}').entries;
  expect(planPaste(own, entries).map(({ effect, before }) => [effect, before])).toEqual([
    ["same", "1"],
    ["change", "2"],
    ["set", undefined],
    ["unset", undefined],
  ]);
});
