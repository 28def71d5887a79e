import { act, configure, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { listenForKeys } from "@/lib/keys";
import { parseSearch } from "@/lib/search";
import { typeJson } from "@/test/json-editor";
import { renderWithRouter } from "@/test/render";
import { CustomRun } from "./custom-run";

// Only how long a machine that does much else may take; nothing waits for it where things work.
configure({ asyncUtilTimeout: 8000 });
vi.setConfig({ testTimeout: 30_000 });

const ID = "0199e5c1-0000-7000-8000-000000000001";
const DEPLOYMENT = `{
  "id": "${ID}", "name": "production", "flow_id": "f", "tags": ["nightly"], "paused": false, "updated": "2026-01-01T00:00:00Z",
  "work_pool_name": "local", "work_queue_name": "default", "job_variables": {"env": {"A": "1"}},
  "parameters": {"region": "eu", "big": 12345678901234567890},
  "parameter_openapi_schema": {"type": "object", "properties": {
    "table": {"type": "string", "position": 0}, "region": {"type": "string", "position": 1},
    "big": {"type": "integer", "position": 2}, "limit": {"type": "integer", "default": 10, "position": 3},
    "password": {"type": "string", "format": "password", "position": 4}
  }, "required": ["table"]}
}`;
const RUN = `{"parameters": {"table": "orders", "region": "eu", "big": 12345678901234567891, "limit": 10},
  "job_variables": {"env": {"A": "1", "B": "2"}}, "tags": ["nightly", "again"], "work_queue_name": "default"}`;
const EXPLANATION = '{"errors": [], "complete": true, "job": {}}';

let sent: { path: string; body: string }[] = [];
const problemsOf = (body: string) => {
  if (!body.includes('"table"')) return '[{"path": "table", "rule": "required", "message": "is required."}]';
  return body.includes('"limit":"')
    ? '[{"path": "limit", "rule": "type", "message": "must be integer, not string."}]'
    : "[]";
};

/** The server's side of the wire: what each address answers. */
function answer(path: string, body: string): string {
  if (path.endsWith("/check_run")) {
    const problems = problemsOf(body);
    return `{"ok": ${problems === "[]"}, "parameter_problems": ${problems}, "problems": [], "explanation": ${EXPLANATION}, "parameters": {}}`;
  }
  if (path.endsWith("/create_flow_run")) return '{"id": "r1", "name": "brisk-otter"}';
  if (path.includes("/flow_runs/")) return RUN;
  if (path.includes("/flows/")) return '{"id": "f", "name": "etl"}';
  if (path.includes("/queues/")) return '[{"name": "default"}, {"name": "fast"}]';
  return DEPLOYMENT;
}

beforeEach(() => {
  sent = [];
  localStorage.clear();
  vi.stubGlobal("fetch", async (url: URL, request: RequestInit) => {
    const body = String(request.body ?? "");
    if (request.method === "POST") sent.push({ path: url.pathname, body });
    return new Response(answer(url.pathname, body), { status: 200 });
  });
});

const created = () => sent.filter(({ path }) => path.endsWith("/create_flow_run")).map(({ body }) => body);
const lastCheck = () => sent.findLast(({ path }) => path.endsWith("/check_run"))?.body;

async function show(search = "") {
  const onRun = vi.fn();
  const view = await renderWithRouter(
    <CustomRun
      deploymentId={ID}
      search={parseSearch(search)}
      jobVariables={({ value, onChange }) => (
        <button type="button" onClick={() => onChange({ ...value, cpu: 2 })}>
          Set cpu
        </button>
      )}
      effectiveJob={() => null}
      onRun={onRun}
    />,
  );
  const table = await screen.findByRole("textbox", { name: /^table/ });
  return { ...view, onRun, table, user: userEvent.setup() };
}

const ready = () => screen.findByText("Ready");
const run = () => screen.getByRole("button", { name: "Run" });

test("an untouched page asks about {} and says why it can't run", async () => {
  const { user } = await show();
  await screen.findByText("1 problem");
  expect(lastCheck()).toBe("{}");
  expect(run()).toHaveAttribute("aria-disabled", "true");
  await user.click(run());
  expect(created()).toEqual([]);
  await user.hover(run());
  expect((await screen.findAllByText(/table is required/)).length).toBeGreaterThan(0);
});

test("what was changed is sent, every digit of it, and nothing of the deployment", async () => {
  const { user, table, onRun } = await show();
  await user.type(table, "orders");
  await user.click(screen.getByText("Set cpu"));
  await user.type(screen.getByRole("textbox", { name: "Tags" }), "extra{Enter}");
  await user.type(screen.getByRole("textbox", { name: "Message" }), "because");
  await ready();
  await user.click(run());
  await waitFor(() => expect(onRun).toHaveBeenCalledWith({ id: "r1", name: "brisk-otter" }));
  expect(created()).toEqual([
    '{"parameters":{"table":"orders"},"job_variables":{"cpu":2},"state":{"type":"SCHEDULED","message":"because"},"tags":["extra"]}',
  ]);
});

test("a problem stands at its field, and its line in the list leads there", async () => {
  const { user, table } = await show();
  fireEvent.change(table, { target: { value: "x" } });
  const limit = screen.getByRole("textbox", { name: /^limit/ });
  fireEvent.change(limit, { target: { value: "many" } });
  await waitFor(() => expect(limit).toHaveAccessibleDescription(/must be integer/));
  await user.click(screen.getByRole("button", { name: /limit\s+must be integer/ }));
  await waitFor(() => expect(limit).toHaveFocus());
});

test("the keyboard runs it, and where it can't, leads to what is wrong", async () => {
  const stop = listenForKeys();
  const { user, table, onRun } = await show();
  await screen.findByText("1 problem");
  await user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(table).toHaveFocus());
  expect(table).toHaveAccessibleDescription(/is required/);
  await user.keyboard("orders");
  await ready();
  await user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(onRun).toHaveBeenCalled());
  stop();
});

test("a draft is there again after the page was left, without the secret, and can be discarded", async () => {
  const first = await show();
  await first.user.type(first.table, "kept");
  await first.user.type(screen.getByLabelText(/^password/), "hunter2");
  first.unmount();
  expect(JSON.stringify({ ...localStorage })).not.toContain("hunter2");
  const second = await show();
  expect(screen.getByText(/draft is restored/)).toBeInTheDocument();
  expect(second.table).toHaveValue("kept");
  await second.user.click(screen.getByRole("button", { name: "Discard it" }));
  expect(screen.getByRole("textbox", { name: /^table/ })).toHaveValue("");
  second.unmount();
  await show();
  expect(screen.queryByText(/draft is restored/)).not.toBeInTheDocument();
});

test("a run begins another one with what it had otherwise than the deployment", async () => {
  await show("?from=r0");
  await ready();
  expect(lastCheck()).toBe(
    '{"parameters":{"table":"orders","big":12345678901234567891},"job_variables":{"env":{"B":"2"}},"tags":["again"]}',
  );
});

test("JSON that is none keeps the run from being made", async () => {
  const { user, table } = await show("?parameters=%7B%22table%22%3A%22x%22%7D");
  expect(table).toHaveValue("x");
  await ready();
  await user.click(screen.getByRole("button", { name: "Edit as JSON" }));
  await typeJson("JSON of what is set", '{"table":');
  await act(() => new Promise((done) => setTimeout(done, 80)));
  expect(run()).toHaveAttribute("aria-disabled", "true");
});

test("a later start is a moment with its zone", async () => {
  const { user, table } = await show();
  fireEvent.change(table, { target: { value: "x" } });
  await user.click(screen.getByRole("radio", { name: "Later" }));
  await user.click(screen.getByRole("button", { name: "in 10 minutes" }));
  await waitFor(() =>
    expect(lastCheck()).toMatch(/"scheduled_time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"/),
  );
  await ready();
  expect(screen.getByRole("button", { name: "Schedule run" })).toBeEnabled();
});
