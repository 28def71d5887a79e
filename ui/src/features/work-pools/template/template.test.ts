import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isMap, type JsonMap, parseJson, printJson } from "@/lib/exact-json";
import { EXACT_TEXT } from "./corpus/exact";
import {
  draftOf,
  edited,
  editedParts,
  isDirty,
  rebased,
  type TextPlace,
  textAt,
  typedAt,
  unreadable,
} from "./draft";
import { CHOOSABLE, typeOf, typeText, withType } from "./kinds";
import { locate } from "./locate";
import { at, JOB, propertiesOf } from "./parts";
import { coverageOf } from "./placeholders";
import { marksIn, placed } from "./problems";
import {
  addVariable,
  moveVariable,
  nameFault,
  removeVariable,
  renameVariable,
  setDefault,
  setMerge,
  setOverridable,
  setRequired,
  setSecret,
  setType,
  setUndeclared,
  variablesOf,
} from "./variables";

const read = (text: string): JsonMap => {
  const value = parseJson(text);
  if (!isMap(value)) throw new Error("no object");
  return value;
};
const CORPUS = read(readFileSync("src/features/work-pools/template/corpus/templates.json", "utf8"));
const EXACT = read(EXACT_TEXT);
const TEMPLATES: [string, JsonMap][] = [
  ...[...CORPUS].map(([name, template]): [string, JsonMap] => [name, template as JsonMap]),
  ["exact", EXACT],
];
const row = (template: JsonMap, name: string) => variablesOf(template).find((each) => each.name === name);

describe.each(TEMPLATES)("the template %s", (_, template) => {
  const text = printJson(template);

  it("is the same after a way through its JSON, and nothing to save", () => {
    const draft = typedAt(draftOf(template), "whole", printJson(template, 2));
    expect(printJson(draft.document)).toBe(text);
    expect(isDirty(draft)).toBe(false);
  });

  it("is the same after each edit and its opposite", () => {
    for (const { name, preset, merge, overridable, required } of variablesOf(template)) {
      const edits: [JsonMap, (edited: JsonMap) => JsonMap][] = [
        [setRequired(template, name, !required), (each) => setRequired(each, name, required)],
        [setMerge(template, name, "append"), (each) => setMerge(each, name, merge)],
        [setOverridable(template, name, "never"), (each) => setOverridable(each, name, overridable)],
        [setDefault(template, [name], "other"), (each) => setDefault(each, [name], preset)],
        [renameVariable(template, name, "quite_new"), (each) => renameVariable(each, "quite_new", name)],
        [moveVariable(template, name, 1), (each) => moveVariable(each, name, -1)],
      ];
      for (const [changed, back] of edits) {
        const again = back(changed);
        expect(new Set(Object.keys(plain(again)))).toEqual(new Set(Object.keys(plain(template))));
        expect(sorted(again)).toEqual(sorted(template));
      }
      // Whoever moved something that could move has the order of before again.
      expect(printJson(moveVariable(moveVariable(template, name, -1), name, 1)).length).toBe(text.length);
    }
  });

  it("keeps what nobody edited, to the letter", () => {
    for (const { name } of variablesOf(template)) {
      const changed = setDefault(template, [name], "other");
      for (const [other, schema] of propertiesOf(template)) {
        if (other === name) continue;
        expect(printJson(propertiesOf(changed).get(other) ?? null)).toBe(printJson(schema));
      }
      expect(printJson(changed.get(JOB) ?? null)).toBe(printJson(template.get(JOB) ?? null));
      expect(editedParts({ ...draftOf(template), document: changed })).toEqual([name]);
    }
  });

  it("says a type for each variable, and any other can be chosen", () => {
    for (const { name, type } of variablesOf(template)) {
      expect(typeText(type)).not.toBe("");
      for (const kind of CHOOSABLE) {
        for (const nullable of [false, true]) {
          const changed = row(setType(template, name, { kind, nullable, choices: ["a"] }), name);
          expect(changed?.type.kind).toBe(kind);
          if (kind !== "any") expect(changed?.type.nullable).toBe(nullable);
        }
      }
    }
  });

  it("has placeholders that meet its variables, and tells where they don’t", () => {
    const { unused, missing } = coverageOf(template);
    expect(missing).toEqual([]);
    for (const { name, uses } of variablesOf(template)) {
      if (unused.includes(name) || !uses.length) continue;
      const without = at(removeVariable(template, name), ["variables", "properties"]);
      expect(isMap(without) && without.has(name)).toBe(name === "never");
      expect(coverageOf(removeVariable(template, name)).missing).toEqual(name === "env" ? ["env"] : []);
      const { document } = edited(
        draftOf(template),
        (each) => new Map([...each, ["variables", new Map([["properties", new Map()]])]]),
      );
      expect(coverageOf(document).missing).toContain(name);
    }
  });
});

const plain = (template: JsonMap) => JSON.parse(printJson(template)) as Record<string, unknown>;
/** Required names in any order, keys in any order, keywords that say what goes without saying left out. */
const sorted = (template: JsonMap) => {
  const value = plain(template) as {
    variables: { required?: string[]; properties: Record<string, Record<string, unknown>> };
  };
  value.variables.required = [...(value.variables.required ?? [])].sort();
  for (const schema of Object.values(value.variables.properties)) {
    if (schema["x-merge"] === "replace") delete schema["x-merge"];
    if (schema["x-merge"] === "keys") delete schema["x-merge"];
  }
  return value;
};

describe("spelling", () => {
  it("survives: numbers, the order of keys, unknown keywords", () => {
    const changed = printJson(setDefault(EXACT, ["env", "B"], "2"));
    expect(changed).toBe(printJson(EXACT).replace('"B":"1"', '"B":"2"'));
    for (const kept of [
      "1.0",
      "0.10",
      "12345678901234567890",
      "1.50",
      "1e3",
      '"x-colour":"red"',
      '"x-owner"',
    ]) {
      expect(changed).toContain(kept);
    }
  });

  it("of formats stays with a form that may be null", () => {
    const schema = propertiesOf(EXACT).get("b") ?? null;
    const plainText = withType(schema, "text", false);
    expect(printJson(plainText)).toContain('"format":"path"');
    expect(printJson(withType(plainText, "text", true))).toBe(printJson(schema));
  });
});

describe("renaming a variable", () => {
  it("renames its placeholders, with their filters and blanks, and what is required", () => {
    const changed = renameVariable(renameVariable(EXACT, "b", "flag"), "ratio", "share");
    const text = printJson(changed.get(JOB) ?? null);
    expect(text).toContain(
      "run --ratio={{share}} {{ flag | default('none') }} {{ $HOME }} {{ ctx.flow_run.name }}",
    );
    expect(text).toContain('"{{ flag }}"');
    expect(at(changed, ["variables", "required"])).toEqual(["share", "flag"]);
    expect([...propertiesOf(changed).keys()]).toEqual(["2", "share", "flag", "1", "env", "key"]);
  });

  it("is refused for names that placeholders can’t have, and for those that are taken", () => {
    expect(nameFault(EXACT, "")).toBeTruthy();
    expect(nameFault(EXACT, "a b")).toBeTruthy();
    expect(nameFault(EXACT, "env", "b")).toBeTruthy();
    expect(nameFault(EXACT, "b", "b")).toBeUndefined();
    expect(nameFault(EXACT, "cpu_limit")).toBeUndefined();
  });
});

describe("placeholders", () => {
  it("of variables count; references, facts and the environment don’t", () => {
    expect([...coverageOf(EXACT).uses.keys()]).toEqual(["ratio", "b", "1", "env", "key", "2"]);
  });

  it("go with their variable: a whole value with its key, from longer text it is cut", () => {
    const job = removeVariable(EXACT, "b").get(JOB) ?? null;
    expect(printJson(job)).toContain('"nested":[{"deep":["{{ 1 }}"]},"{{ penstock.secrets.db }}"]');
    expect(printJson(job)).toContain("run --ratio={{ratio}}  {{ $HOME }}");
  });

  it("of a new variable stand under its name, unless one uses it already", () => {
    expect(at(addVariable(EXACT, "cpu"), [JOB, "cpu"])).toBe("{{ cpu }}");
    const undeclared = new Map([...EXACT, [JOB, new Map([["x", "{{ cpu }}"]])]]);
    expect(coverageOf(undeclared).missing).toEqual(["cpu"]);
    expect(printJson(addVariable(undeclared, "cpu").get(JOB) ?? null)).toBe('{"x":"{{ cpu }}"}');
  });
});

describe("text that can’t be read", () => {
  it.each<[TextPlace]>([["whole"], ["job"], ["variable:ratio"]])(
    "stays at %s, whatever else is edited",
    (place) => {
      const broken = typedAt(draftOf(EXACT), place, '{"a": ');
      const changed = edited(broken, (template) => setUndeclared(template, "error"));
      expect(textAt(changed, place)).toBe('{"a": ');
      expect(unreadable(changed)).toEqual([place]);
      expect(isDirty(changed)).toBe(true);
      expect(isDirty(typedAt(broken, place, textAt(draftOf(EXACT), place)))).toBe(false);
    },
  );

  it("is replaced where it only spelled what an edit changes", () => {
    const spelled = typedAt(draftOf(EXACT), "job", `  ${textAt(draftOf(EXACT), "job")}`);
    expect(textAt(spelled, "job")).toMatch(/^ {2}/);
    expect(
      textAt(
        edited(spelled, (each) => renameVariable(each, "b", "c")),
        "job",
      ),
    ).not.toMatch(/^ {2}/);
  });
});

describe("edits of two people", () => {
  const mine = edited(draftOf(EXACT), (each) => setDefault(each, ["env", "B"], "mine"));
  it("come together where they don’t meet", () => {
    const theirs = setDefault(setRequired(EXACT, "key", true), ["env", "C"], "theirs");
    const { draft, conflicts } = rebased(mine, theirs);
    expect(conflicts).toEqual([]);
    expect(printJson(at(draft.document, ["variables", "properties", "env", "default"]) ?? null)).toBe(
      '{"B":"mine","A":1.50,"10":"x","9":null,"C":"theirs"}',
    );
    expect(row(draft.document, "key")?.required).toBe(true);
    expect(editedParts(draft)).toEqual(["env"]);
  });
  it("are told where they do, and mine stands", () => {
    const { draft, conflicts } = rebased(mine, setDefault(EXACT, ["env", "B"], "theirs"));
    expect(conflicts).toEqual(["variables.properties.env.default.B"]);
    expect(at(draft.document, ["variables", "properties", "env", "default", "B"])).toBe("mine");
  });
});

it("secrets are marked, also where they may be null", () => {
  expect(row(EXACT, "key")?.secret).toBe(true);
  expect(row(setSecret(EXACT, "key", false), "key")?.secret).toBe(false);
  expect(row(setSecret(EXACT, "b", true), "b")?.secret).toBe(true);
  expect(typeOf(row(EXACT, "1")?.schema ?? null).kind).toBe("custom");
});

describe("what the server says", () => {
  const text = printJson(EXACT, 2);
  const problem = (path: string) => placed({ path, rule: "type", message: "is wrong." }, EXACT);
  it.each([
    ["env.A", "env", "1.50"],
    ["ratio", "ratio", "1.0"],
    ["variables.properties.b.x-merge", "b", '"b"'],
    ["job_configuration.nested[0].deep[1]", undefined, '"{{ 1 }}"'],
    ["variables.x-undeclared", undefined, '"to-env"'],
  ])("of %s stands at its row and in the text", (path, variable, marked) => {
    const found = problem(path);
    expect(found.variable).toBe(variable);
    const [mark] = marksIn(text, [], [found]);
    expect(text.slice(mark?.from, mark?.to)).toContain(marked);
  });
  it("is found in broken text as far as that goes", () => {
    expect(locate('{"a": {"b": ', ["a", "b"])).toBeDefined();
    expect(locate("", ["a"])).toBeDefined();
  });
});
