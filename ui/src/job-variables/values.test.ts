import { describe, expect, test } from "vitest";
import { ExactNumber } from "@/lib/exact-json";
import { applyEdits, editsBetween, inverse, nested } from "./edits";
import { DECLARATIONS, declared, explanation, leaf } from "./fixtures";
import type { Json, JsonObject } from "./json";
import { commandOf, splitCommand } from "./launch-preview";
import { leafDiff } from "./leaf-diff";
import { rulesOf } from "./model";
import { joinPath, outwards } from "./paths";
import { soundsSecret } from "./references";
import { plainText, showValue } from "./shown-value";
import { kindOfValue, kindsOf, readTyped } from "./value-kinds";
import { toYaml } from "./yaml";

describe("how a value is shown", () => {
  test.each<[unknown, string, string]>([
    ["plain", "text", "plain"],
    ["acme/etl:42", "text", "acme/etl:42"],
    [42, "number", "42"],
    ["42", "quoted", '"42"'],
    ["-0.5e3", "quoted", '"-0.5e3"'],
    ["1.2.3", "text", "1.2.3"],
    [true, "boolean", "true"],
    ["true", "quoted", '"true"'],
    ["yes", "text", "yes"],
    [null, "null", "null"],
    ["null", "quoted", '"null"'],
    ["", "quoted", '""'],
    [" padded", "quoted", '" padded"'],
    ["two\nlines", "quoted", '"two\\nlines"'],
    ['{"a":1}', "quoted", '"{\\"a\\":1}"'],
    [{ a: [1, "x"] }, "json", '{"a": [1, "x"]}'],
    ["{{ penstock.secrets.db }}", "reference", "secret:db"],
    ["{{prefect.blocks.secret.registry}}", "reference", "secret:registry"],
    ["{{ penstock.blocks.aws.prod.key }}", "reference", "block:aws.prod.key"],
    ["{{ ctx.flow_run.name }}", "reference", "flow_run.name"],
    ["{{ penstock.variables.host | default('x') }}", "reference", "variable:host"],
    ["https://{{ penstock.variables.host }}/v1", "text", "https://variable:host/v1"],
    ["{{ image }}", "text", "{{ image }}"],
    [{ $secret: "db" }, "reference", "secret:db"],
    [{ $ref: { block_document_id: "1-2" } }, "reference", "block:1-2"],
  ])("%o is %s: %s", (value, kind, text) => {
    const shown = showValue(value);
    expect([shown.kind, plainText(shown)]).toEqual([kind, text]);
  });

  test("what is masked shows nothing, what is a reference its name", () => {
    expect(plainText(showValue("hunter2", { masked: true }))).toBe("••••••");
    expect(plainText(showValue(7, { masked: true }))).toBe("••••••");
    expect(plainText(showValue("{{ penstock.secrets.db }}", { masked: true }))).toBe("secret:db");
  });

  test.each([
    ["DB_PASSWORD", true],
    ["apiKey", true],
    ["AWS_SECRET_ACCESS_KEY", true],
    ["token", true],
    ["MY_NOT_SO_SECRET_CONFIG", false],
    ["TOKEN_COUNT", false],
    ["MONKEY", false],
    ["COMPASS", false],
  ])("%s sounds secret: %s", (name, expected) => expect(soundsSecret(name)).toBe(expected));
});

describe("paths", () => {
  test.each([
    [["image"], "image"],
    [["env", "A"], "env.A"],
    [["env", "a.b"], "env['a.b']"],
    [["labels", "cost-centre"], "labels.cost-centre"],
    [["env", "1A"], "env['1A']"],
  ])("%o is %s", (path, text) => expect(joinPath(path)).toBe(text));
  test("outwards", () => {
    expect(outwards("env['a.b'][0].x")).toEqual(["env['a.b'][0].x", "env['a.b'][0]", "env['a.b']", "env"]);
    expect(outwards("")).toEqual([]);
  });
});

describe("edits", () => {
  const own: JsonObject = { image: "a", env: { A: "1", B: null }, list: [1] };

  test.each<[string, Parameters<typeof applyEdits>[1], JsonObject]>([
    ["set a key", [{ path: ["env", "C"], value: 3 }], { ...own, env: { A: "1", B: null, C: 3 } }],
    ["take a key away", [{ path: ["env", "A"], value: null }], { ...own, env: { A: null, B: null } }],
    ["reset a key", [{ path: ["env", "B"] }], { ...own, env: { A: "1" } }],
    ["reset the last key", [{ path: ["env", "A"] }, { path: ["env", "B"] }], { image: "a", list: [1] }],
    ["reset a variable", [{ path: ["image"] }], { env: own.env as Json, list: [1] }],
    ["a key in a new map", [{ path: ["labels", "x"], value: "y" }], { ...own, labels: { x: "y" } }],
    ["reset what is not there", [{ path: ["nope"] }, { path: ["labels", "x"] }], own],
  ])("%s, and back", (_, edits, expected) => {
    const after = applyEdits(own, edits);
    expect(after).toEqual(expected);
    expect(applyEdits(after, inverse(own, edits))).toEqual(own);
    const between = editsBetween(own, after, rulesOf(DECLARATIONS));
    expect(applyEdits(own, between)).toEqual(after);
  });

  test("between two layers go key by key, only where layers are merged by keys", () => {
    const to = { image: "a", env: { A: "2" }, list: [2] };
    expect(editsBetween(own, to, rulesOf(DECLARATIONS))).toEqual([
      { path: ["env", "A"], value: "2" },
      { path: ["env", "B"] },
      { path: ["list"], value: [2] },
    ]);
  });

  test.each<[JsonObject, JsonObject]>([
    [{ "env.A": 1 }, { env: { A: 1 } }],
    [{ "env.A": 1, env: { B: 2 } }, { env: { B: 2, A: 1 } }],
    [{ "a.b.c": 1 }, { a: { b: { c: 1 } } }],
    [
      { "env.A": 1, env: { A: 2 } },
      { env: { A: 2 }, "env.A": 1 },
    ],
    [{ ".x": 1 }, { ".x": 1 }],
  ])("%o is nested %o", (given, expected) => expect(nested(given)).toEqual(expected));
});

describe("editors by schema", () => {
  const of = (schema: JsonObject, key?: string) =>
    kindsOf(declared("x", schema), key, { Size: { enum: ["s", "m"] } });
  test.each<[JsonObject, string[], boolean]>([
    [{ type: "string" }, ["text"], false],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, ["text"], true],
    [{ type: ["integer", "null"] }, ["number"], true],
    [{ type: "boolean" }, ["boolean"], false],
    [{ enum: ["a", "b"] }, ["choice"], false],
    [{ enum: ["a", null] }, ["choice"], true],
    [{ $ref: "#/definitions/Size" }, ["choice"], false],
    [{ type: "array" }, ["json"], false],
    [{ anyOf: [{ type: "string" }, { type: "integer" }] }, ["text", "number"], false],
    [{}, ["text", "number", "boolean", "json"], false],
  ])("%o: %o", (schema, kinds, nullable) => expect(of(schema)).toMatchObject({ kinds, nullable }));

  test("keys of env may be any scalar, keys with a schema what it says", () => {
    expect(of({ additionalProperties: true }, "A").kinds).toEqual(["text", "number", "boolean", "json"]);
    expect(of({ additionalProperties: { type: "string" } }, "A").kinds).toEqual(["text"]);
  });
  test("what a schema does not want is shown as it is", () => {
    expect(kindOfValue("lots", of({ type: "number" }))).toBe("text");
    expect(kindOfValue(undefined, of({ type: "number" }))).toBe("number");
  });
  test.each<["number" | "json", string, unknown]>([
    ["number", "0.5", { value: 0.5 }],
    ["number", " 7 ", { value: 7 }],
    ["number", "x", { fault: expect.any(String) }],
    ["number", "", { fault: expect.any(String) }],
    ["number", "12345678901234567890", { value: new ExactNumber("12345678901234567890") }],
    ["number", "+.5", { value: 0.5 }],
    ["json", "[1.0]", { value: [new ExactNumber("1.0")] }],
    ["json", "[1, 2]", { value: [1, 2] }],
    ["json", "{", { fault: expect.stringContaining("JSON") }],
  ])("%s %s", (kind, text, expected) => expect(readTyped(kind, text, of({}))).toEqual(expected));
});

describe("differences of two jobs", () => {
  test("are told leaf by leaf, with who set them", () => {
    const a = explanation([
      leaf("image", [["pool", "a:1"]]),
      leaf("env.X", [["pool", "1"]]),
      leaf("env.GONE", [["run", "1"]]),
    ]).job;
    const b = explanation([
      leaf("image", [["deployment", "a:1"]]),
      leaf("env.X", [["run", null]]),
      leaf("env.NEW", [["run", "1"]]),
    ]).job;
    const told = leafDiff(a, b).map(({ path, same, before, after }) => [
      path,
      same,
      before.state,
      after.state,
    ]);
    expect(told).toEqual([
      ["image", true, "value", "value"],
      ["env.X", false, "value", "removed"],
      ["env.GONE", false, "value", "none"],
      ["env.NEW", false, "none", "value"],
    ]);
  });
});

describe("what a worker starts", () => {
  test.each([
    ["python run.py --name 'a b'", ["python", "run.py", "--name", "a b"]],
    ['sh -c "echo \\"hi\\" $HOME"', ["sh", "-c", 'echo "hi" $HOME']],
    ["a\\ b ''", ["a b", ""]],
    ["'open", undefined],
  ])("%s", (command, words) => expect(splitCommand(command)).toEqual(words));
  test("no command is the flow's own process", () => {
    expect(commandOf(explanation([], { job: { env: {}, command: "  " } }).job)).toBeUndefined();
  });
});

test("YAML", () => {
  const value = {
    a: 1,
    b: "yes",
    "c d": ["x", { z: [] }],
    e: {},
    f: "two\nlines",
    g: [[1, 2]],
    h: null,
    i: "1.0",
  };
  expect(toYaml(value)).toBe(
    `a: 1\nb: "yes"\nc d:\n  - x\n  - z: []\ne: {}\nf: "two\\nlines"\ng:\n  - - 1\n    - 2\nh: null\ni: "1.0"\n`,
  );
});
