import { describe, expect, test } from "vitest";
import { EVERYTHING, linesOf, type TableView } from "./filters";
import { DECLARATIONS, declared, explanation, leaf, story } from "./fixtures";
import { DEPLOYMENT_COLUMN, POOL_COLUMN } from "./layers";
import { buildModel, type Model, type Row } from "./model";

const model = buildModel({ explanation: story(), declarations: DECLARATIONS });

function row(id: string, of: Model = model): Row {
  const found = [...of.rows, ...of.rows.flatMap(({ children }) => children), ...of.fixed].find(
    (r) => r.id === id,
  );
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

/** What each column of a row shows: `value`, `value ←` for the winner, `~value` where it is overridden, ✕, ·. */
function cells(id: string, of: Model = model): string[] {
  return row(id, of).cells.map(({ state, value, wins, overridden }) => {
    if (state === "none") return "·";
    const text = state === "removes" ? "✕" : JSON.stringify(value);
    return `${overridden ? "~" : ""}${text}${wins ? " ←" : ""}`;
  });
}

describe("columns of a row", () => {
  test.each([
    ["image", ['~"acme/base:1"', '"acme/etl:42" ←', "·"]],
    ["env.LOG_LEVEL", ['~"INFO"', '~"DEBUG"', '"TRACE" ←']],
    ["env.REGION", ['"eu-west-1" ←', "·", "·"]],
    ["env.DB_PASSWORD", ["·", '"{{ penstock.secrets.db }}" ←', "·"]],
    ["env.OLD_FLAG", ['~"1"', "✕ ←", "·"]],
    ["env.TZ", ['"UTC" ←', "·", "·"]],
    ["cpu_limit", ["~1", "~2", '"lots" ←']],
    ["tolerations", ['["spot"]', '["gpu"] ←', "·"]],
    ["command", ["·", "·", "·"]],
  ])("%s", (id, expected) => expect(cells(id)).toEqual(expected));

  test("what is taken away is gone", () => {
    expect(row("env.OLD_FLAG").effective).toEqual({ state: "removed", layer: "deployment" });
  });
  test("a literal of job_configuration.env is shown as fixed, in the pool's column", () => {
    expect(row("env.TZ").cells[0]).toMatchObject({ fixed: true, wins: true });
  });
  test("columns are data", () => {
    const two = buildModel({ explanation: story(), columns: [POOL_COLUMN, DEPLOYMENT_COLUMN] });
    expect(cells("image", two)).toEqual(['~"acme/base:1"', '"acme/etl:42" ←']);
  });
});

describe("rows", () => {
  test("are in the order of the template, then what it does not declare", () => {
    expect(model.rows.map(({ id }) => id)).toEqual([
      "image",
      "env",
      "cpu_limit",
      "tolerations",
      "command",
      "registry_password",
      "regoin",
    ]);
  });
  test("a variable that is merged by keys is a group of its keys", () => {
    expect(row("env")).toMatchObject({ kind: "group", rule: "keys", changed: true });
    expect(row("env").children.map(({ label }) => label)).toEqual([
      "LOG_LEVEL",
      "REGION",
      "DB_PASSWORD",
      "OLD_FLAG",
      "TZ",
    ]);
  });
  test("literals of job_configuration stand by themselves", () => {
    expect(model.fixed.map(({ label, kind }) => [label, kind])).toEqual([["service_account", "fixed"]]);
  });
  test("what is locked says so", () => {
    expect(row("command").lock).toMatchObject({ upTo: "pool" });
    expect(row("image").lock).toBeUndefined();
  });
  test("what is not declared is marked, keys of env never", () => {
    expect(row("regoin").undeclared).toBe(true);
    expect(row("env.DB_PASSWORD").undeclared).toBe(false);
  });
  test.each([
    ["env.DB_PASSWORD", true],
    ["registry_password", true],
    ["env.REGION", false],
  ])("%s: sensitive is %s", (id, expected) => expect(row(id).sensitive).toBe(expected));
});

describe("problems", () => {
  test("stand on their row; the rest on top", () => {
    expect(row("cpu_limit").problems).toMatchObject([{ severity: "error", rule: "type", layer: "run" }]);
    expect(row("regoin").problems).toMatchObject([{ severity: "warning", rule: "undeclared" }]);
    expect(model.problems).toMatchObject([{ message: "and 3 more." }]);
    expect([model.errorCount, model.warningCount]).toEqual([1, 2]);
  });
  test.each([
    ["env.LOG_LEVEL", "env.LOG_LEVEL"],
    ["env['a.b']", "env['a.b']"],
    ["env['a.b'][0]", "env['a.b']"],
    ["tolerations[0].key", "tolerations"],
    ["env.NEVER_SEEN", "env"],
    ["variables.properties.cpu_limit.default", "cpu_limit"],
    ["job_configuration.service_account", "job_configuration.service_account"],
  ])("at %s belong to %s", (path, id) => {
    const told = explanation(
      [...(story().job.leaves ?? []), leaf("env.a.b", [["run", [1]]], { path: "env['a.b']", key: "a.b" })],
      { errors: [{ path, rule: "x", message: "is wrong." }] },
    );
    expect(row(id, buildModel({ explanation: told, declarations: DECLARATIONS })).problems).toHaveLength(1);
  });
  test("a required variable that nobody sets has a row to say so", () => {
    const told = explanation([], { errors: [{ path: "image", rule: "required", message: "is required." }] });
    expect(row("image", buildModel({ explanation: told, declarations: DECLARATIONS })).problems).toHaveLength(
      1,
    );
  });
});

describe("while a layer is edited", () => {
  const edited = (variables: Parameters<typeof buildModel>[0]["editing"]) =>
    buildModel({ explanation: story(), declarations: DECLARATIONS, editing: variables });
  const saved = {
    image: "acme/etl:42",
    env: { LOG_LEVEL: "DEBUG", DB_PASSWORD: "{{ penstock.secrets.db }}", OLD_FLAG: null },
    cpu_limit: 2,
    tolerations: ["gpu"],
    regoin: "eu",
  };
  const deployment = (variables: typeof saved | Record<string, never>) =>
    edited({ layer: "deployment", variables, saved });

  test("what is saved changes nothing", () => {
    const same = deployment(saved);
    expect(same.draftCount).toBe(0);
    expect(cells("image", same)).toEqual(cells("image"));
  });
  test("a value is shown at once, in its place among the layers", () => {
    const next = deployment({
      ...saved,
      env: { ...saved.env, REGION: "us", LOG_LEVEL: "WARN" },
    } as typeof saved);
    expect(cells("env.REGION", next)).toEqual(['~"eu-west-1"', '"us" ←', "·"]);
    expect(cells("env.LOG_LEVEL", next)).toEqual(['~"INFO"', '~"WARN"', '"TRACE" ←']);
    expect(row("env.REGION", next).effective).toEqual({ state: "value", value: "us", layer: "deployment" });
    expect(row("env.REGION", next).draft).toBe(true);
    expect(next.draftCount).toBe(2);
  });
  test("a new key is a new row", () => {
    const next = deployment({ ...saved, env: { ...saved.env, NEW: "1" } } as typeof saved);
    expect(cells("env.NEW", next)).toEqual(["·", '"1" ←', "·"]);
  });
  test("what is reset says what lower layers say", () => {
    const next = deployment({});
    expect(cells("image", next)).toEqual(['"acme/base:1" ←', "·", "·"]);
    expect(cells("env.OLD_FLAG", next)).toEqual(['"1" ←', "·", "·"]);
    expect(row("tolerations", next).effective.value).toEqual(["spot"]);
    expect(next.rows.some(({ id }) => id === "regoin")).toBe(false);
  });
  test("null takes a key away, and is a value elsewhere", () => {
    const next = deployment({ ...saved, env: { REGION: null }, image: null } as never);
    expect(cells("env.REGION", next)).toEqual(['~"eu-west-1"', "✕ ←", "·"]);
    expect(row("env.REGION", next).effective.state).toBe("removed");
    expect(row("image", next).effective).toMatchObject({ state: "value", value: null });
  });
  test("lists are appended to", () => {
    const next = deployment({ ...saved, tolerations: ["a", "b"] });
    expect(row("tolerations", next).effective.value).toEqual(["spot", "a", "b"]);
  });
});

describe("filters", () => {
  const ids = (view: Partial<TableView>, open: string[] = []) =>
    linesOf(model, { ...EVERYTHING, ...view }, (id) => open.includes(id)).map((line) =>
      line.kind === "row" ? line.row.id : `# ${line.count}`,
    );

  test("everything, groups closed", () => {
    expect(ids({})).toEqual([...model.rows.map(({ id }) => id), "# 1"]);
  });
  test("an open group shows its keys", () => {
    expect(ids({}, ["env"]).slice(0, 4)).toEqual(["image", "env", "env.LOG_LEVEL", "env.REGION"]);
  });
  test.each<[Partial<TableView>, string[]]>([
    [
      { show: "changed" },
      [
        "image",
        "env",
        "env.LOG_LEVEL",
        "env.DB_PASSWORD",
        "env.OLD_FLAG",
        "cpu_limit",
        "tolerations",
        "regoin",
      ],
    ],
    [{ show: "problems" }, ["cpu_limit", "regoin"]],
    [{ show: "env" }, ["env", "env.LOG_LEVEL", "env.REGION", "env.DB_PASSWORD", "env.OLD_FLAG", "env.TZ"]],
    [{ search: "region" }, ["env", "env.REGION"]],
    [{ search: "acme/etl" }, ["image"]],
    [{ search: "trace" }, ["env", "env.LOG_LEVEL"]],
    [{ search: "service" }, ["# 1", "job_configuration.service_account"]],
    [{ search: "nothing like it" }, []],
    [{ show: "env", search: "image" }, []],
  ])("%o", (view, expected) => expect(ids(view)).toEqual(expected));

  test("a masked value is not found by what it is", () => {
    const told = explanation([leaf("env.API_TOKEN", [["run", "hunter2"]])]);
    const secret = buildModel({ explanation: told, declarations: [declared("env")] });
    expect(linesOf(secret, { show: "all", search: "hunter" }, () => true)).toEqual([]);
  });
});
