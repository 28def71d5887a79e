// @vitest-environment jsdom
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { EMPTY_MAP, type JsonMap, parseJson, printJson } from "@/lib/exact-json";
import { parseSearch, stringifySearch } from "@/lib/search";
import { formOf, typed } from "@/schema-form/form-state";
import { Shapes } from "@/schema-form/node";
import { cliCommand, curlCommand, pythonCall, shellWord } from "./commands";
import { bodyOf, draftFromRun, EMPTY_DRAFT, isEmptyDraft, localProblems, type RunDraft } from "./draft";
import { discardStored, draftFromSearch, searchOf, storeDraft, storedDraft, withoutSecrets } from "./keeping";

const json = (text: string) => parseJson(text) as JsonMap;
const draftOf = (parameters: string, rest: Partial<RunDraft> = {}): RunDraft => ({
  ...EMPTY_DRAFT,
  parameters: formOf(json(parameters)),
  ...rest,
});
const NASTY = draftOf(
  printJson(
    json(`{
    "text": "a 'b' \\"c\\" $HOME \`x\` \\\\ !", "lines": "one\\ntwo\\ttab", "number_text": "5", "true_text": "true",
    "blank": "", "padded": " 7 ", "brace": "{x}", "dash": "-x", "nan": "NaN", "emoji": "é 🐎", "quoted": "\\"q\\"",
    "n": 12345678901234567, "f": 0.1, "yes": true, "no": false, "none": null,
    "list": [1, "x", null, [true]], "map": {"2": "b", "1": {"a'b": 1.5}}
  }`),
  ),
  {
    jobVariables: {
      env: { A: "x y", PORT: "0042", "ODD.KEY": "v", GONE: null, N: 5 },
      image: "acme/etl:42",
      cpu: 2,
      flag: "true",
      args: ["a", { b: null }],
    } as never,
    name: "it's {mine}",
    startAt: "2026-08-22 09:00:00+0200",
    tags: ["a b", "c"],
    workQueue: "high one",
    idempotencyKey: "k-1",
  },
);

describe("what is sent", () => {
  test("is nothing of the deployment: an untouched page sends {}", () => {
    expect(printJson(bodyOf(EMPTY_DRAFT))).toBe("{}");
    expect(isEmptyDraft(EMPTY_DRAFT)).toBe(true);
  });

  test("is what was set, with every digit", () => {
    const body = bodyOf(
      draftOf('{"n":12345678901234567890,"x":1.0}', { message: "why", retries: "3", retryDelay: "60" }),
    );
    expect(printJson(body)).toBe(
      '{"parameters":{"n":12345678901234567890,"x":1.0},"state":{"type":"SCHEDULED","message":"why"},"empirical_policy":{"retries":3,"retry_delay":60}}',
    );
  });

  test("has its moment in the form that every reader knows", () => {
    expect(printJson(bodyOf({ ...EMPTY_DRAFT, startAt: "2026-08-22 09:00+0200" }))).toBe(
      '{"state":{"type":"SCHEDULED","state_details":{"scheduled_time":"2026-08-22T09:00+02:00"}}}',
    );
  });

  test("waits for what can't be read yet", () => {
    const shapes = new Shapes(null);
    const parameters = typed(shapes, EMPTY_MAP, EMPTY_DRAFT.parameters, ["a"], "[1");
    expect(
      localProblems({ ...EMPTY_DRAFT, parameters, unfinished: "{", startAt: "soon", retries: "x" }).map(
        ({ place }) => place,
      ),
    ).toEqual(["parameters", "job_variables", "startAt", "retries"]);
    expect(localProblems({ ...EMPTY_DRAFT, startAt: "2026-08-22T09:00" })[0]?.message).toContain("zone");
  });
});

test("a run again has only what differs from the deployment as it is now", () => {
  const run = {
    parameters: json('{"a":1,"b":2.0,"c":"x","d":[1]}'),
    jobVariables: { env: { A: "1", B: "2" }, image: "x", cpu: 2 } as never,
    tags: ["both", "own"],
    workQueue: "fast",
  };
  const deployment = {
    parameters: json('{"a":1,"b":2}'),
    jobVariables: { env: { A: "1", B: "1" }, image: "x" } as never,
    tags: ["both"],
    workQueue: "default",
  };
  const draft = draftFromRun(run, deployment, json('{"c":"x","d":[]}'));
  expect(printJson(bodyOf(draft))).toBe(
    '{"parameters":{"b":2.0,"d":[1]},"job_variables":{"env":{"B":"2"},"cpu":2},"tags":["own"],"work_queue_name":"fast"}',
  );
});

describe("a draft", () => {
  const schema = json(
    '{"properties":{"p":{"type":"string","format":"password"},"o":{"properties":{"q":{"anyOf":[{"type":"string","format":"password"},{"type":"null"}]}}}}}',
  );
  beforeEach(() => discardStored("id"));

  test("is kept and restored, with what isn't JSON yet", () => {
    const parameters = typed(
      new Shapes(null),
      EMPTY_MAP,
      formOf(json('{"2":1.0,"1":12345678901234567890}')),
      ["x"],
      "[1,",
    );
    storeDraft("id", { ...EMPTY_DRAFT, parameters, tags: ["t"], unfinished: "{" }, null, 5);
    const stored = storedDraft("id");
    expect(stored?.at).toBe(5);
    expect(printJson(stored?.draft.parameters.value ?? null)).toBe('{"2":1.0,"1":12345678901234567890}');
    expect([...(stored?.draft.parameters.texts ?? [])]).toEqual([['["x"]', "[1,"]]);
    expect(stored?.draft.unfinished).toBe("{");
    storeDraft("id", EMPTY_DRAFT, null, 6);
    expect(storedDraft("id")).toBeUndefined();
  });

  test("never keeps a secret that was typed, and keeps references", () => {
    const draft = draftOf('{"p":"hunter2","o":{"q":"hunter3"},"a":"open"}', {
      jobVariables: {
        env: { DB_PASSWORD: "hunter4", API_TOKEN: "{{ penstock.secrets.t }}", REGION: "eu" },
      } as never,
    });
    storeDraft("id", draft, schema, 1);
    const kept = Object.values({ ...localStorage }).join();
    expect(kept).not.toMatch(/hunter/);
    expect(kept).toContain("penstock.secrets.t");
    expect(
      printJson(withoutSecrets(draftOf('{"p":"{{ penstock.secrets.x }}"}'), schema).parameters.value),
    ).toContain("secrets.x");
    const half = typed(new Shapes(schema), EMPTY_MAP, draft.parameters, [], '{"p": "hunter5"');
    expect(withoutSecrets({ ...draft, parameters: half }, schema).parameters.texts.size).toBe(0);
    expect(JSON.stringify(searchOf(draft, schema))).not.toMatch(/hunter/);
  });

  test("goes through an address", () => {
    const { idempotencyKey, ...rest } = NASTY;
    const again = draftFromSearch(parseSearch(stringifySearch(searchOf(NASTY, null))));
    expect(idempotencyKey).not.toBe("");
    expect(printJson(bodyOf(again ?? EMPTY_DRAFT))).toBe(printJson(bodyOf({ ...rest, idempotencyKey: "" })));
    expect(draftFromSearch(parseSearch("?parameters=%7B"))?.parameters.texts.get("[]")).toBe("{");
    expect(draftFromSearch(parseSearch("?from=x"))).toBeUndefined();
  });
});

const local = "../.venv/bin/python";
const python = process.env.PYTHON ?? (existsSync(local) ? local : "python3");
const read = (...words: string[]) =>
  JSON.parse(execFileSync(python, ["src/features/custom-run/parse.py", ...words]).toString()) as Record<
    string,
    unknown
  >;

describe("what is copied is the same run", () => {
  const body = JSON.parse(printJson(bodyOf(NASTY))) as Record<string, unknown>;

  test("for the command line", () => {
    const { text, missing } = cliCommand("my flow/it's", NASTY);
    expect(read("cli", '{"additionalProperties":true}', text)).toEqual({
      name: "my flow/it's",
      parameters: body.parameters,
      job_variables: body.job_variables,
      start_at: "2026-08-22T09:00:00+02:00",
      tags: ["a b", "c"],
      flow_run_name: "it's {mine}",
      work_queue: "high one",
      idempotency_key: "k-1",
    });
    expect(missing).toEqual([]);
    expect(cliCommand("f/d", EMPTY_DRAFT).text).toBe("penstock deployment run f/d");
    expect(cliCommand("f/d", { ...EMPTY_DRAFT, message: "x", retries: "1" }).missing).toEqual([
      "the message",
      "the retries",
    ]);
  });

  test("for Python", () => {
    expect(read("python", pythonCall("my flow/it's", NASTY).text)).toEqual({
      name: "my flow/it's",
      parameters: body.parameters,
      job_variables: body.job_variables,
      scheduled_time: "2026-08-22T09:00:00+02:00",
      flow_run_name: "it's {mine}",
      tags: ["a b", "c"],
      work_queue_name: "high one",
      idempotency_key: "k-1",
      timeout: 0,
    });
  });

  test("for curl, by a real shell", () => {
    const { text } = curlCommand("http://127.0.0.1:4200/api/x", NASTY);
    const words = execFileSync("sh", ["-c", text.replace(/^curl/, "printf '%s\\0'")], {
      env: { PENSTOCK_API_AUTH_STRING: "u:p" },
    })
      .toString()
      .split("\0");
    expect(words).toContain("u:p");
    expect(JSON.parse(words[words.indexOf("--data-raw") + 1] ?? "")).toEqual(body);
  });

  test.each(["", "a'b", "$x", "a\nb", "*", "-x", "é"])("%j is one word of a shell", (word) => {
    expect(execFileSync("sh", ["-c", `printf -- %s ${shellWord(word)}`]).toString()).toBe(word);
  });
});
