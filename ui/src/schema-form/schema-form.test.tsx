import { act, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Profiler, useState } from "react";
import { describe, expect, test } from "vitest";
import { EMPTY_MAP, type JsonMap, parseJson, printJson } from "@/lib/exact-json";
import { editorText, typeJson } from "@/test/json-editor";
import { readCorpus } from "./corpus/corpus";
import { EMPTY_FORM, type FormState, formOf, unreadable, wholeText } from "./form-state";
import { SchemaForm, type SchemaFormProps } from "./schema-form";

const WHOLE = "JSON of what is set";
const corpus = readCorpus();
const schemaOf = (name: string) => corpus.find((shape) => shape.name === name)?.schema ?? EMPTY_MAP;
const json = (text: string) => parseJson(text) as JsonMap;

let now: FormState = EMPTY_FORM;
const value = () => printJson(now.value);

function Held({ start, ...rest }: Omit<SchemaFormProps, "state" | "onChange"> & { start: FormState }) {
  const [state, setState] = useState(start);
  const [asJson, setAsJson] = useState(rest.asJson ?? false);
  now = state;
  return (
    <>
      <button type="button" onClick={() => setAsJson(!asJson)}>
        Toggle
      </button>
      <SchemaForm {...rest} asJson={asJson} onAsJson={setAsJson} state={state} onChange={setState} />
    </>
  );
}

function show(name: string, text = "{}", rest: Partial<SchemaFormProps> = {}) {
  render(<Held schema={schemaOf(name)} start={formOf(json(text))} {...rest} />);
  return userEvent.setup();
}

function openAll() {
  for (let round = 0; round < 3; round += 1) {
    for (const each of document.querySelectorAll(
      "fieldset button[aria-expanded=false][aria-controls]:not([role],[aria-haspopup])",
    ))
      fireEvent.click(each);
  }
}

const cases = corpus.flatMap(({ name, schema, values }) =>
  values.map((given, index) => ({ name: `${name} ${index + 1}`, schema, given })),
);

test.each(cases)(
  "$name is drawn, opened and turned to JSON and back without a change",
  async ({ schema, given }) => {
    render(<Held schema={schema} start={formOf(given)} />);
    const user = userEvent.setup();
    openAll();
    await user.click(screen.getByText("Toggle"));
    expect(await editorText(WHOLE)).toBe(wholeText(formOf(given)));
    await user.click(screen.getByText("Toggle"));
    expect(value()).toBe(printJson(given));
  },
);

test.each(corpus)(
  "$name: what is typed into its first text field changes that field alone",
  async ({ schema, values }) => {
    const given = values.at(-1) ?? EMPTY_MAP;
    render(<Held schema={schema} start={formOf(given)} />);
    const [field] = screen
      .queryAllByRole("textbox")
      .filter((each) => !/key/i.test(each.getAttribute("aria-label") ?? ""));
    if (!field) return;
    const user = userEvent.setup();
    await user.type(field, "7");
    const before = [...given];
    const after = [...now.value];
    expect(after.length - before.length).toBeLessThanOrEqual(1);
    expect(before.filter(([key, item]) => now.value.get(key) !== item).length).toBeLessThanOrEqual(1);
  },
);

describe("a field", () => {
  test("shows what is inherited, sets what is typed, and is reset", async () => {
    const user = show("text", "{}", { inherited: json('{"name":"from above"}'), origin: "deployment" });
    expect(screen.getByRole("textbox", { name: /^name/ })).toHaveAttribute(
      "placeholder",
      "(deployment: from above)",
    );
    expect(screen.getByRole("textbox", { name: /^greeting/ })).toHaveAttribute(
      "placeholder",
      "(default: hello)",
    );
    await user.type(screen.getByRole("textbox", { name: /^greeting/ }), "hi");
    expect(value()).toBe('{"greeting":"hi"}');
    await user.click(screen.getByRole("button", { name: "Reset greeting" }));
    expect(value()).toBe("{}");
    expect(screen.getByText("What to say.")).toBeInTheDocument();
  });

  test("keeps the digits of a number, and text that is none", async () => {
    const user = show("numbers");
    const field = screen.getByRole("textbox", { name: /^n integer/ });
    expect(field).toBeRequired?.();
    await user.type(field, "12345678901234567890");
    expect(value()).toBe('{"n":12345678901234567890}');
    await user.type(field, "x");
    expect(value()).toBe('{"n":"12345678901234567890x"}');
    await user.clear(field);
    expect(value()).toBe("{}");
    await user.type(screen.getByRole("textbox", { name: /^exact/ }), "1.50");
    expect(value()).toBe('{"exact":1.50}');
  });

  test("makes of a loosely written number one that JSON has", async () => {
    const user = show("numbers");
    await user.type(screen.getByRole("textbox", { name: /^n integer/ }), "+007");
    await user.tab();
    expect(value()).toBe('{"n":7}');
  });

  test("of true or false is chosen with the keyboard", async () => {
    const user = show("booleans");
    await user.tab();
    await user.tab();
    await user.keyboard(" ");
    expect(value()).toBe('{"flag":true}');
    await user.keyboard("{ArrowRight}");
    expect(value()).toBe('{"flag":false}');
  });

  test("of a secret is masked, warns of a literal and offers a reference", async () => {
    const user = show("secrets", "{}", { reference: (name) => `{{ penstock.secrets.${name} }}` });
    const field = screen.getByLabelText(/^password/);
    expect(field).toHaveAttribute("type", "password");
    expect(screen.getByLabelText(/^token/)).toHaveAttribute("placeholder", "(default: ••••••)");
    await user.type(field, "hunter2");
    expect(screen.getByText(/stored as it is/)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Use a reference" }));
    expect(value()).toBe('{"password":"{{ penstock.secrets.password }}"}');
    expect(screen.queryByText(/stored as it is/)).not.toBeInTheDocument();
  });

  test("takes a length of time in words", async () => {
    const user = show("durations");
    const field = screen.getByRole("textbox", { name: /^wait/ });
    await user.type(field, "1h 30m");
    expect(value()).toBe('{"wait":"PT1H30M"}');
    expect(field).toHaveValue("1h 30m");
    expect(screen.getByText("PT1H30M")).toBeInTheDocument();
  });

  test("of a moment keeps its offset, and says when it is none", async () => {
    const user = show("moments", '{"at":"2026-08-22T09:00:00.5-03:30"}');
    expect(screen.getByRole("combobox", { name: "Time zone" })).toHaveDisplayValue("-03:30 (as typed)");
    await user.selectOptions(screen.getByRole("combobox", { name: "Time zone" }), "UTC");
    expect(value()).toBe('{"at":"2026-08-22T09:00:00.5Z"}');
    await user.type(screen.getByRole("textbox", { name: /^at/ }), "x");
    expect(screen.getByText(/doesn't look like a date and time/)).toBeInTheDocument();
  });

  test("whose value doesn't fit shows it as JSON and loses nothing", () => {
    show("text", '{"name":{"a":[1.0]}}');
    expect(screen.getByRole("textbox", { name: /^name/ })).toHaveValue('{\n  "a": [\n    1.0\n  ]\n}');
    expect(value()).toBe('{"name":{"a":[1.0]}}');
  });

  test("of anything takes JSON, and keeps text that is none", async () => {
    const user = show("anything");
    const field = screen.getByRole("textbox", { name: /^value/ });
    await user.type(field, "[[1, x");
    expect(field).toHaveValue("[1, x");
    expect(unreadable(now).map(({ path }) => path)).toEqual(["value"]);
    await user.click(screen.getByRole("button", { name: "Use it as text" }));
    expect(value()).toBe('{"value":"[1, x"}');
  });
});

describe("a union", () => {
  test("changes its form, carries over what it can, and remembers the rest", async () => {
    const user = show("unions", '{"value":5}');
    const kind = () => screen.getByRole("combobox", { name: "Kind of value" });
    await user.selectOptions(kind(), "text");
    expect(value()).toBe('{"value":"5"}');
    await user.selectOptions(kind(), "integer");
    expect(value()).toBe('{"value":5}');
    await user.selectOptions(kind(), "list of integer");
    expect(kind()).toHaveFocus();
    expect(value()).toBe('{"value":[]}');
    await user.selectOptions(kind(), "integer");
    expect(value()).toBe('{"value":5}');
  });

  test("of an optional value can be None, and typed into at once", async () => {
    const user = show("optional");
    await user.type(screen.getByRole("textbox", { name: /^limit/ }), "3");
    await user.selectOptions(screen.getByRole("combobox", { name: "Kind of limit" }), "None");
    expect(value()).toBe('{"limit":null}');
  });

  test("with a discriminator begins with its tag", async () => {
    const user = show("discriminated");
    await user.selectOptions(screen.getByRole("combobox", { name: "Kind of pet" }), "Dog");
    expect(value()).toBe('{"pet":{"kind":"dog"}}');
  });
});

describe("a list", () => {
  test("is added to, moved by keyboard and shortened", async () => {
    const user = show("lists", '{"items":["a","b"]}');
    const list = within(screen.getAllByRole("list")[0] as HTMLElement);
    await user.click(list.getByRole("textbox", { name: "Item 0" }));
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    expect(value()).toBe('{"items":["b","a"]}');
    expect(list.getByRole("textbox", { name: "Item 1" })).toHaveFocus();
    await user.click(screen.getAllByRole("button", { name: "Remove item 0" })[0] as HTMLElement);
    expect(value()).toBe('{"items":["a"]}');
    await user.click(screen.getAllByRole("button", { name: "Add item" })[0] as HTMLElement);
    expect(value()).toBe('{"items":["a",""]}');
    expect(list.getByRole("textbox", { name: "Item 1" })).toHaveFocus();
  });

  test("keeps to its bounds, and says what is there twice", () => {
    show("lists", '{"items":[],"bounded":[1,2,3]}');
    expect(screen.getAllByRole("button", { name: "Remove item 0" }).length).toBeGreaterThan(0);
    show("sets", '{"tags":["a","a"]}');
    expect(screen.getByText("It is there already.")).toBeInTheDocument();
  });
});

describe("a map", () => {
  test("gets keys, renames them at their place, and never loses one to another", async () => {
    const user = show("maps", '{"counts":{"b":1,"a":2}}');
    await user.type(screen.getAllByRole("textbox", { name: "New key" })[0] as HTMLElement, "2{Enter}");
    expect(value()).toBe('{"counts":{"b":1,"a":2,"2":""}}');
    await user.type(screen.getByRole("textbox", { name: "Key b" }), "{Backspace}a");
    expect(value()).toBe('{"counts":{"":1,"a":2,"2":""}}');
    expect(screen.getByText("“a” is there already.")).toBeInTheDocument();
  });

  test("of known keys offers those", async () => {
    const user = show("map_keys", '{"by_choice":{"fast":1}}');
    await user.click(screen.getByRole("button", { name: "Add slow" }));
    expect(value()).toBe('{"by_choice":{"fast":1,"slow":""}}');
  });
});

describe("a map of anything", () => {
  const schema = parseJson('{"properties":{"env":{"type":"object","additionalProperties":true}}}');
  const open = (text = "{}") => {
    render(<Held schema={schema} start={formOf(json(text))} />);
    return userEvent.setup();
  };
  const kind = (key: string) => screen.getByRole("combobox", { name: `Kind of ${key}` });

  test("is filled in as one types: key, value, key, value", async () => {
    const user = open();
    await user.click(screen.getByRole("textbox", { name: "New key" }));
    await user.keyboard("LOG_LEVEL{Tab}INFO{Enter}REGION{Enter}eu-west-1{Enter}");
    expect(value()).toBe('{"env":{"LOG_LEVEL":"INFO","REGION":"eu-west-1"}}');
    expect(screen.getByRole("textbox", { name: "New key" })).toHaveFocus();
    expect(screen.queryByText(/kept as text/)).not.toBeInTheDocument();
  });

  test("names an entry that was added without a name", async () => {
    const user = open();
    await user.click(screen.getByRole("button", { name: "Add key" }));
    await user.keyboard("A{Enter}[[1{Enter}");
    expect(value()).toBe('{"env":{"A":"[1"}}');
  });

  test("keeps text that reads as a number, and offers the number", async () => {
    const user = open();
    await user.type(screen.getByRole("textbox", { name: "New key" }), "PORT{Enter}");
    await user.keyboard("42");
    expect(value()).toBe('{"env":{"PORT":"42"}}');
    await user.click(screen.getByRole("button", { name: "Make it a number" }));
    expect(value()).toBe('{"env":{"PORT":42}}');
    expect(kind("PORT")).toHaveDisplayValue("number");
  });

  test("stays in the kind that was chosen while it is typed, also through nothing", async () => {
    const user = open('{"env":{"N":1.0}}');
    const field = screen.getByRole("textbox", { name: "N" });
    expect(field).toHaveValue("1.0");
    await user.clear(field);
    expect(value()).toBe('{"env":{"N":""}}');
    await user.type(field, "-12345678901234567890");
    expect(value()).toBe('{"env":{"N":-12345678901234567890}}');
    await user.selectOptions(kind("N"), "text");
    expect(value()).toBe('{"env":{"N":"-12345678901234567890"}}');
  });

  test("turns values from kind to kind", async () => {
    const user = open('{"env":{"A":"{\\"b\\":[1.0]}","B":"no"}}');
    await user.selectOptions(kind("A"), "JSON");
    expect(value()).toBe('{"env":{"A":{"b":[1.0]},"B":"no"}}');
    expect(screen.getByRole("textbox", { name: "A" })).toHaveValue('{\n  "b": [\n    1.0\n  ]\n}');
    await user.selectOptions(kind("A"), "text");
    expect(value()).toBe('{"env":{"A":"{\\"b\\":[1.0]}","B":"no"}}');
    await user.selectOptions(kind("B"), "true or false");
    expect(value()).toContain('"B":false');
  });

  test("is the same as JSON and back, also what is no JSON yet", async () => {
    const user = open('{"env":{"A":"42","B":42,"C":true,"D":null,"E":"[1]"}}');
    const kinds = () => ["A", "B", "C", "D", "E"].map((key) => (kind(key) as HTMLSelectElement).value);
    const before = kinds();
    await user.selectOptions(kind("D"), "JSON");
    await user.type(screen.getByRole("textbox", { name: "D" }), "x");
    expect(unreadable(now).map(({ path }) => path)).toEqual(["env.D"]);
    await user.click(screen.getByRole("button", { name: "Use it as text" }));
    expect(value()).toBe('{"env":{"A":"42","B":42,"C":true,"D":"nullx","E":"[1]"}}');
    await user.click(screen.getByText("Toggle"));
    await user.click(screen.getByText("Toggle"));
    expect(kinds()).toEqual([...before.slice(0, 3), before[0], before[4]]);
  });
});

describe("an object", () => {
  test("holds what was set in it alone", async () => {
    const user = show("models");
    await user.click(screen.getByRole("button", { name: /^retry/ }));
    await user.type(screen.getByRole("textbox", { name: /^attempts/ }), "9");
    expect(value()).toBe('{"config":{"retry":{"attempts":9}}}');
    await user.click(screen.getByRole("button", { name: "Reset attempts" }));
    expect(value()).toBe("{}");
  });

  test("shows keys that it doesn't know, and lets them go", async () => {
    const user = show("models", '{"config":{"table":"t","unknown":[1]}}');
    expect(screen.getByRole("textbox", { name: /^unknown/ })).toHaveValue("[\n  1\n]");
    await user.click(screen.getByRole("button", { name: "Remove unknown" }));
    expect(value()).toBe('{"config":{"table":"t"}}');
  });

  test("that holds itself is drawn as far as it is opened", async () => {
    const user = show("recursive");
    await user.click(screen.getByRole("button", { name: /^parent/ }));
    expect(screen.getAllByRole("textbox", { name: /^name/ })).toHaveLength(2);
  });
});

describe("problems", () => {
  const problems = [
    { path: "config.retry.attempts", message: "must be at most 100.", rule: "maximum" },
    { path: "config.table", message: "is required.", rule: "required" },
    { path: "gone", message: "is not one of the flow.", rule: "additionalProperties" },
  ];

  test("stand at their fields; those without a field on top", () => {
    show("models", '{"config":{"retry":{"attempts":999}}}', { problems });
    expect(screen.getByRole("textbox", { name: /^attempts/ })).toHaveAccessibleDescription(/at most 100/);
    expect(screen.getByText("gone")).toBeInTheDocument();
  });

  test("of what nobody has touched wait, unless everything is to be told", async () => {
    const user = show("models", "{}", { problems });
    expect(screen.queryByText("is required.")).not.toBeInTheDocument();
    await user.click(screen.getByRole("textbox", { name: /^table/ }));
    await user.tab();
    expect(screen.getByText("is required.")).toBeInTheDocument();
  });

  test("lead to their field, through what is closed", async () => {
    show("models", "{}", { wanted: { path: "config.retry.attempts", count: 1 } });
    await act(() => new Promise((done) => setTimeout(done, 20)));
    expect(screen.getByRole("textbox", { name: /^attempts/ })).toHaveFocus();
  });
});

test("JSON that is none stays as it is typed, on both sides", async () => {
  const user = show("text", '{"name":"a"}', { asJson: true });
  await typeJson(WHOLE, '{\n  "name": "a"\n}!');
  const box = screen.getByLabelText(WHOLE);
  expect(box).toHaveAccessibleDescription(/after the value/);
  expect(box).toBeInvalid();
  await user.click(screen.getByText("Toggle"));
  expect(screen.getByText(/can't be shown as fields/)).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Back to the JSON" }));
  expect(await editorText(WHOLE)).toBe('{\n  "name": "a"\n}!');
});

test("a key in a form of 200 fields draws one field again", () => {
  const properties = Array.from(
    { length: 200 },
    (_, index) => `"f${index}":{"type":"string","default":"x"}`,
  ).join(",");
  const schema = parseJson(`{"type":"object","properties":{${properties}}}`);
  const times: number[] = [];
  let first = 0;
  render(
    <Profiler
      id="form"
      onRender={(_id, phase, time) => {
        if (phase === "mount") first = time;
        else times.push(time);
      }}
    >
      <Held schema={schema} start={EMPTY_FORM} />
    </Profiler>,
  );
  const field = document.querySelectorAll("input")[100] as HTMLInputElement;
  for (const text of ["t", "ty", "typ", "type", "typed", "typed text"])
    fireEvent.change(field, { target: { value: text } });
  expect(value()).toBe('{"f100":"typed text"}');
  // How long it takes depends on the machine; that it is a small part of drawing all 200 doesn't.
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY;
  expect(median).toBeLessThan(first / 5);
});
