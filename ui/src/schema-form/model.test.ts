import { describe, expect, test } from "vitest";
import {
  EMPTY_MAP,
  isList,
  isMap,
  type Json,
  type JsonMap,
  parseJson,
  printJson,
  sameJson,
} from "@/lib/exact-json";
import { readCorpus } from "./corpus/corpus";
import { blank, branchBlank, changed, type Path, settled, stepTo, valueAt } from "./edit";
import { branchOf, fits } from "./fits";
import {
  edited,
  formOf,
  readJson,
  typed,
  unreadable,
  wholeError,
  wholeText,
  withoutTexts,
} from "./form-state";
import { Shapes } from "./node";
import { parsePath, problemTree, shownAt } from "./problems";

const corpus = readCorpus();
const json = (text: string) => parseJson(text) as JsonMap;
const shapesOf = (name: string) => new Shapes(corpus.find((shape) => shape.name === name)?.schema ?? null);

/** Every place in a value. */
function* places(value: Json, path: Path = []): Generator<Path> {
  if (path.length) yield path;
  if (isMap(value)) for (const [key, item] of value) yield* places(item, stepTo(path, key));
  if (isList(value)) for (const [index, item] of value.entries()) yield* places(item, stepTo(path, index));
}

const cases = corpus.flatMap(({ name, schema, values }) =>
  values.map((value, index) => ({ name: `${name} ${index + 1}`, schema, value })),
);

describe("the corpus", () => {
  test("is there", () => {
    expect(corpus.length).toBeGreaterThan(30);
    expect(cases.length).toBeGreaterThan(55);
  });

  test.each(cases)("$name: form → JSON → form is the same", ({ schema, value }) => {
    const shapes = new Shapes(schema);
    const text = wholeText(formOf(value));
    const again = typed(shapes, EMPTY_MAP, formOf(EMPTY_MAP), [], text);
    expect(printJson(again.value)).toBe(printJson(value));
    expect(wholeText(again)).toBe(text);
  });

  test.each(cases)("$name: each value fits its schema", ({ schema, value }) => {
    const shapes = new Shapes(schema);
    for (const { key, schema: part } of shapes.properties(shapes.node(schema))) {
      const given = value.get(key);
      if (given !== undefined) expect([key, fits(shapes, part, given)]).toEqual([key, true]);
    }
  });

  test.each(cases)("$name: a change of one place changes that place alone", ({ schema, value }) => {
    const shapes = new Shapes(schema);
    for (const path of places(value)) {
      const next = changed(shapes, value, EMPTY_MAP, path, "changed");
      expect(valueAt(next, path)).toBe("changed");
      for (const other of places(value)) {
        const isApart =
          !other.every((step, i) => path[i] === step) && !path.every((step, i) => other[i] === step);
        if (isApart) expect(valueAt(next, other)).toBe(valueAt(value, other));
      }
      expect(printJson(changed(shapes, next, EMPTY_MAP, path, valueAt(value, path)))).toBe(printJson(value));
    }
  });
});

describe("what is set", () => {
  const shapes = shapesOf("models");

  test("is what was set, and never a default", () => {
    const value = changed(shapes, EMPTY_MAP, EMPTY_MAP, ["config", "retry", "attempts"], 5);
    expect(printJson(value)).toBe('{"config":{"retry":{"attempts":5}}}');
  });

  test("is nothing again after a reset", () => {
    const value = changed(shapes, EMPTY_MAP, EMPTY_MAP, ["config", "retry", "attempts"], 5);
    expect(printJson(changed(shapes, value, EMPTY_MAP, ["config", "retry", "attempts"], undefined))).toBe(
      "{}",
    );
    expect(printJson(changed(shapes, EMPTY_MAP, EMPTY_MAP, ["config", "table"], undefined))).toBe("{}");
  });

  test("a part of something inherited takes the rest along, but no defaults", () => {
    const inherited = json(
      '{"config":{"table":"t","columns":[],"retry":{"attempts":9,"delay":"PT30S"},"more":1}}',
    );
    const value = changed(shapes, EMPTY_MAP, inherited, ["config", "fallback"], null);
    expect(printJson(value)).toBe('{"config":{"table":"t","retry":{"attempts":9},"more":1,"fallback":null}}');
  });

  test("so does a default that is more than its fields' defaults", () => {
    const value = changed(shapes, EMPTY_MAP, EMPTY_MAP, ["ready", "retry", "delay"], "PT1S");
    expect(printJson(value)).toBe(
      '{"ready":{"table":"x","retry":{"attempts":1,"delay":"PT1S"},"labels":{}}}',
    );
  });

  test("an item of an inherited list brings the list", () => {
    const lists = shapesOf("lists");
    expect(printJson(changed(lists, EMPTY_MAP, EMPTY_MAP, ["matrix", 0, 0], 7))).toBe('{"matrix":[[7]]}');
    expect(printJson(changed(lists, EMPTY_MAP, json('{"items":["a","b"]}'), ["items", 1], undefined))).toBe(
      "{}",
    );
    expect(printJson(changed(lists, json('{"items":["a","b"]}'), EMPTY_MAP, ["items", 0], undefined))).toBe(
      '{"items":["b"]}',
    );
  });

  test("keys keep their order, whatever they look like", () => {
    const maps = shapesOf("maps");
    const value = json('{"counts":{"2":1,"b":2,"1":3}}');
    expect(printJson(changed(maps, value, EMPTY_MAP, ["counts", "1"], 9))).toBe(
      '{"counts":{"2":1,"b":2,"1":9}}',
    );
  });

  test("resetting in an empty map leaves the map", () => {
    const maps = shapesOf("maps");
    expect(printJson(changed(maps, json('{"counts":{"a":1}}'), EMPTY_MAP, ["counts", "a"], undefined))).toBe(
      '{"counts":{}}',
    );
  });
});

describe("unions", () => {
  test.each([
    ["5", 0],
    ['"5"', 1],
    ["true", 2],
    ["[1]", 3],
    ['{"a":1}', 4],
    ['["x"]', 3],
    ["null", undefined],
  ])("%s belongs to branch %s", (text, branch) => {
    const shapes = shapesOf("unions");
    const part = shapes.properties(shapes.node(shapes.root))[0]?.schema ?? null;
    expect(branchOf(shapes, shapes.node(part), parseJson(text))).toBe(branch);
  });

  test("an ambiguous value takes the first branch that fits", () => {
    const shapes = shapesOf("unions");
    const part = shapes.properties(shapes.node(shapes.root))[1]?.schema ?? null;
    expect(branchOf(shapes, shapes.node(part), 5)).toBe(0);
    expect(branchOf(shapes, shapes.node(part), 5.5)).toBe(1);
  });

  test("a discriminator decides, also where the rest doesn't fit yet", () => {
    const shapes = shapesOf("discriminated");
    const pet = shapes.node(shapes.properties(shapes.node(shapes.root))[0]?.schema ?? null);
    expect(branchOf(shapes, pet, json('{"kind":"wolf","good":3}'))).toBe(1);
    expect(branchOf(shapes, pet, json('{"lives":3}'))).toBe(0);
    expect(printJson(branchBlank(shapes, pet, pet.branches[1] ?? null))).toBe('{"kind":"dog"}');
    expect(settled(shapes, pet, json('{"kind":"cat"}')).title).toBe("Cat");
  });

  test("a date among moments is a date", () => {
    const shapes = shapesOf("moments");
    const either = shapes.node(shapes.properties(shapes.node(shapes.root))[3]?.schema ?? null);
    expect(branchOf(shapes, either, "2026-08-22")).toBe(1);
    expect(branchOf(shapes, either, "2026-08-22T09:00Z")).toBe(0);
  });
});

test("a model that holds itself ends where its values end", () => {
  const shapes = shapesOf("recursive");
  expect(printJson(blank(shapes, shapes.properties(shapes.node(shapes.root))[0]?.schema ?? null))).toBe("{}");
});

test("what begins a tuple has its items", () => {
  const shapes = shapesOf("tuples");
  const properties = shapes.properties(shapes.node(shapes.root));
  expect(printJson(blank(shapes, properties[4]?.schema ?? null))).toBe('[["",""],"x"]');
});

describe("schemas that pydantic would not write", () => {
  test.each([
    ['{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/a"}}}', "any"],
    ['{"$ref":"https://example.org/x"}', "any"],
    ['{"$ref":"#/definitions/gone"}', "any"],
    ["true", "any"],
    ['{"type":["integer","null"]}', "union"],
    ['{"allOf":[{"type":"integer"}],"minimum":1}', "integer"],
    ['{"allOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}', "object"],
    ['{"anyOf":[{"type":"string"}]}', "union"],
    ['{"type":"object"}', "map"],
    ['{"type":"object","additionalProperties":false}', "object"],
  ])("%s is %s", (text, kind) => {
    const schema = parseJson(text);
    expect(new Shapes(schema).node(schema).kind).toBe(kind);
  });
});

describe("JSON that is typed", () => {
  const shapes = shapesOf("anything");
  const before = formOf(json('{"value":1}'));

  test("stays text while it is none, and the value stays", () => {
    const state = typed(shapes, EMPTY_MAP, before, [], '{"value": 1');
    expect(wholeText(state)).toBe('{"value": 1');
    expect(wholeError(state)).toContain("comma");
    expect(printJson(state.value)).toBe('{"value":1}');
    expect(unreadable(state)).toHaveLength(1);
    expect(wholeText(withoutTexts(state))).toBe('{\n  "value": 1\n}');
  });

  test("keeps its blanks, its order, its numbers and what the schema doesn't know", () => {
    const text = '{ "2": 1.0,\n\n "value":[ 12345678901234567890 ], "1" : {} }';
    const state = typed(shapes, EMPTY_MAP, before, [], text);
    expect(wholeText(state)).toBe(text);
    expect(unreadable(state)).toEqual([]);
    expect(printJson(state.value)).toBe('{"2":1.0,"value":[12345678901234567890],"1":{}}');
    const later = edited(shapes, EMPTY_MAP, state, ["object_"], "x");
    expect(wholeText(later)).toBe(printJson(later.value, 2));
    expect(printJson(later.value)).toBe('{"2":1.0,"value":[12345678901234567890],"1":{},"object_":"x"}');
  });

  test("in one field blocks that field's path and no other", () => {
    const state = typed(shapes, EMPTY_MAP, before, ["value"], "[1,");
    expect(unreadable(state).map(({ path }) => path)).toEqual(["value"]);
    expect(edited(shapes, EMPTY_MAP, state, ["object_"], 1).texts.size).toBe(1);
    expect(edited(shapes, EMPTY_MAP, state, ["value"], 2).texts.size).toBe(0);
    expect(sameJson(typed(shapes, EMPTY_MAP, state, ["value"], "[1]").value.get("value"), [1])).toBe(true);
  });

  test("of the whole is an object", () => {
    expect(wholeError(typed(shapes, EMPTY_MAP, before, [], "[1]"))).toContain("object");
    expect(readJson("{}")).toEqual({ value: new Map() });
  });
});

describe("problems of the server", () => {
  test.each([
    ["config.retries[0]", ["config", "retries", 0]],
    ["a", ["a"]],
    ["", []],
    ["labels['a b'][2].c", ["labels", "a b", 2, "c"]],
    ["labels['it's']", ["labels", "it's"]],
  ])("%s is a path", (text, path) => {
    expect(parsePath(text)).toEqual(path);
  });

  test("a name with dots at the front is one name where it is known", () => {
    expect(parsePath("a.b", ["a.b"])).toEqual(["a.b"]);
  });

  test("are where they belong, and what no field shows is told above", () => {
    const tree = problemTree([
      { path: "a.b", message: "one" },
      { path: "a", message: "two" },
      { path: "x[1]", message: "three" },
    ]);
    expect(tree?.below.get("a")?.count).toBe(2);
    expect(shownAt(tree, new Set(["a"])).map(({ message }) => message)).toEqual(["three"]);
  });

  test("that stay leave their branches as they are", () => {
    const before = problemTree([
      { path: "a.b", message: "one" },
      { path: "c", message: "two" },
    ]);
    const after = problemTree(
      [
        { path: "a.b", message: "one" },
        { path: "c", message: "three" },
      ],
      [],
      before,
    );
    expect(after?.below.get("a")).toBe(before?.below.get("a"));
    expect(after?.below.get("c")).not.toBe(before?.below.get("c"));
  });
});
