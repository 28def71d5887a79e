// @vitest-environment jsdom
import { afterEach, describe, expect, test } from "vitest";
import type { Explanation } from "@/job-variables/json";
import { fromPlain, type JsonMap, parseJson, plainOf, printJson } from "@/lib/exact-json";
import {
  type Draft,
  draftFrom,
  draftFromEvent,
  draftOf,
  EMPTY_DRAFT,
  edited,
  lacks,
  typed,
  unreadable,
  wholeText,
  withTexts,
} from "./draft";
import { discardStored, storeDraft, storedDraft } from "./keeping";
import { below, spelled, withTold } from "./problems";
import type { ActionPreview } from "./queries";
import { isTemplate, templatesOf, withTemplates } from "./rendered";
import { ACTION_TYPES, descriptionOf, formSchema, templated } from "./schemas";

const SAVED = {
  id: "a1",
  created: "2026-08-22T09:00:00Z",
  updated: "2026-08-22T09:00:00Z",
  name: "n",
  description: "",
  enabled: true,
  tags: [],
  trigger: {
    type: "event",
    id: "t1",
    match: {},
    match_related: {},
    after: [],
    expect: ["x"],
    for_each: [],
    posture: "Reactive",
    threshold: 1,
    within: 0,
  },
  actions: [
    {
      type: "run-deployment",
      source: "selected",
      deployment_id: "d1",
      parameters: null,
      job_variables: { a: 1 },
      schedule_after: 0,
      name: null,
      tags: [],
    },
  ],
  actions_on_trigger: [],
  actions_on_resolve: [],
};

test("what the server has is edited without what it would say by itself", () => {
  expect(plainOf(draftFrom(SAVED).value)).toEqual({
    name: "n",
    trigger: { type: "event", id: "t1", expect: ["x"] },
    actions: [{ type: "run-deployment", deployment_id: "d1", job_variables: { a: 1 } }],
  });
  expect(draftFrom(SAVED, "copy").value.get("name")).toBe("copy");
});

test("JSON and form are one value, digit by digit", () => {
  const text =
    '{"name":"n","trigger":{"type":"event"},"actions":[{"type":"run-deployment","parameters":{"n":1.0,"big":12345678901234567890}}]}';
  const draft = typed(EMPTY_DRAFT, text);
  const changed = edited(draft, ["description"], "d");
  expect(printJson(changed.value)).toBe(text.replace(/}$/, ',"description":"d"}'));
  expect(unreadable(draft)).toBeUndefined();
});

test("JSON that can't be read stays as it was typed, and keeps the draft from being saved", () => {
  const draft = typed(EMPTY_DRAFT, "{");
  expect(wholeText(draft)).toBe("{");
  expect(draft.value).toBe(EMPTY_DRAFT.value);
  expect(unreadable(draft)).toContain("can't be read");
  const inside = withTexts(EMPTY_DRAFT, ["actions", 0, "parameters"], new Map([["[]", "{"]]));
  expect(unreadable(inside)).toContain("can't be read");
  expect(unreadable(edited(inside, ["actions", 0], undefined))).toBeUndefined();
});

test("all that is missing is told, each with its place", () => {
  const places = (draft: Draft) => lacks(draft.value).map(({ path }) => path);
  expect(places(EMPTY_DRAFT)).toEqual(["name", "actions[0].deployment_id"]);
  const named = edited(EMPTY_DRAFT, ["name"], "n");
  expect(lacks(named.value)).toMatchObject([{ message: "Choose the deployment of the action." }]);
  expect(places(edited(named, ["actions"], []))).toEqual(["actions"]);
  expect(places(edited(named, ["actions", 0, "source"], "inferred"))).toEqual([]);
  const webhook = edited(named, ["actions", 0], new Map([["type", "call-webhook"]]));
  expect(places(webhook)).toEqual(["actions[0].url"]);
  expect(places(edited(webhook, ["actions", 0, "block_document_id"], "b"))).toEqual([]);
});

test("an automation from an event is named after it and answers it", () => {
  const { value } = draftFromEvent({ event: "order.placed", resource: { "prefect.resource.id": "shop.1" } });
  expect(value.get("name")).toBe("On order.placed");
  expect(plainOf(value.get("trigger") ?? null)).toMatchObject({ expect: ["order.placed"] });
});

describe("drafts in the browser", () => {
  afterEach(() => discardStored("new"));

  test("come back as they were, half-typed JSON too", () => {
    storeDraft(
      "new",
      withTexts(typed(EMPTY_DRAFT, '{"name": "n"'), ["trigger"], new Map([['["match"]', "{"]])),
      5,
    );
    const stored = storedDraft("new");
    expect(stored?.at).toBe(5);
    expect(stored?.draft.text).toBe('{"name": "n"');
    expect(stored?.draft.texts.get('["trigger"]')?.get('["match"]')).toBe("{");
  });

  test("hold no secret that was typed, and every template", () => {
    const env = { API_TOKEN: "hunter2", OTHER_TOKEN: "{{ event.payload.token }}", A: "b" };
    const value = fromPlain({
      name: "n",
      actions: [{ type: "run-deployment", job_variables: { env } }],
    }) as JsonMap;
    storeDraft("new", draftOf(value), 0);
    const kept = printJson(storedDraft("new")?.draft.value ?? null);
    expect(kept).not.toContain("hunter2");
    expect(kept).toContain("{{ event.payload.token }}");
  });
});

test("what the server says is brought to the part that it is about", () => {
  const problem = { path: "actions[0].job_variables.env.A", message: "Not a template." };
  expect(below([problem], spelled(["actions", 0]))).toMatchObject([{ path: "job_variables.env.A" }]);
  expect(below([problem], "actions[01]")).toEqual([]);
});

test("what is told here already is not said again by the server", () => {
  const own = [{ path: "actions[0].url", message: "Give a URL." }];
  const about = (path: string) => ({ path, message: "Wrong." });
  const told = ["actions[0].url", "actions[0]", "actions[0].payload", "actions[1]", ""].map(about);
  expect(withTold(own, told).map(({ path }) => path)).toEqual([
    "actions[0].url",
    "actions[0].payload",
    "actions[1]",
    "",
  ]);
});

describe("an action that is filled in", () => {
  const action = parseJson(
    '{"type":"run-deployment","name":"run {{ event.id }}","job_variables":{"env":{"A":"{{ event.payload.a }}","B":"plain"}}}',
  ) as JsonMap;
  const preview = {
    rendered: { name: "run 1", job_variables: { env: { A: 42, B: "plain" } } },
    problems: [],
  } as unknown as ActionPreview;

  test("shows each template beside what it becomes, with its type", () => {
    expect(templatesOf(action, preview)).toEqual([
      { path: "name", template: "run {{ event.id }}", value: "run 1", problem: undefined },
      { path: "job_variables.env.A", template: "{{ event.payload.a }}", value: 42, problem: undefined },
    ]);
    expect(isTemplate("{% if x %}")).toBe(true);
    expect(isTemplate("plain {x}")).toBe(false);
  });

  test("says of each template why it can't be filled in", () => {
    const failed = {
      rendered: null,
      problems: [{ path: "job_variables.env.A", message: "no a" }],
    } as unknown as ActionPreview;
    expect(templatesOf(action, failed).map(({ problem }) => problem)).toEqual([undefined, "no a"]);
  });

  test("has its templates in the table, and what comes of them beside", () => {
    const leaf = {
      path: "env.A",
      variable: "env",
      key: "A",
      rule: "keys",
      layer: "run",
      value: 42,
      said: [{ layer: "run", value: 42 }],
    };
    const explanation = { job: { leaves: [leaf] }, errors: [] } as unknown as Explanation;
    const made = withTemplates(
      explanation,
      { env: { A: 42 } },
      { env: { A: "{{ event.payload.a }}" } },
      "run",
      [{ path: "job_variables.env.A", message: "wrong" } as Explanation["errors"][number]],
    );
    expect(made.job.leaves?.[0]).toMatchObject({ value: 42, said: [{ value: "{{ event.payload.a }}" }] });
    expect(made.errors).toMatchObject([{ path: "env.A", message: "wrong" }]);
  });
});

describe("schemas", () => {
  test("know every action, with a word about it", () => {
    expect(ACTION_TYPES).toContain("run-deployment");
    expect(ACTION_TYPES).toHaveLength(17);
    expect(descriptionOf("do-nothing")).toContain("note");
  });

  test("have the fields of a kind but for those with a place of their own", () => {
    const properties = formSchema("run-deployment", ["type", "deployment_id"]).get("properties") as JsonMap;
    expect([...properties.keys()]).not.toContain("deployment_id");
    expect([...properties.keys()]).toContain("idempotency_key");
  });

  test("of parameters let every value be a template", () => {
    const schema = parseJson(
      '{"type":"object","properties":{"n":{"type":"integer","default":1},"s":{"type":"string"},"any":{}}}',
    );
    expect(plainOf(templated(schema))).toMatchObject({
      properties: {
        n: { default: 1, anyOf: [{ type: "integer" }, { format: "template" }] },
        s: { type: "string" },
        any: {},
      },
    });
  });
});
