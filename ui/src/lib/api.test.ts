// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, api, apiUrl } from "./api";

const fetch = vi.fn<(url: URL, request: RequestInit) => Promise<Response>>();
beforeEach(() => {
  fetch.mockReset();
  vi.stubGlobal("fetch", fetch);
});
afterEach(() => {
  vi.unstubAllGlobals();
  document.querySelector("base")?.remove();
});

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  fetch.mockResolvedValueOnce(new Response(status === 204 ? null : text, { status, headers }));
}

async function refusal(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

test("a request goes below the base, says where it comes from, and is answered with its value", async () => {
  const base = document.createElement("base");
  base.href = "/tools/penstock/";
  document.head.append(base);
  answer(200, { id: "x" });
  const got = await api.get("/variables/name/{name}", { path: { name: "a/b c" } });
  expect(got).toEqual({ id: "x" });
  const [url, request] = fetch.mock.calls[0] ?? [];
  expect(url?.pathname).toBe("/tools/penstock/api/variables/name/a%2Fb%20c");
  expect(request?.headers).toMatchObject({ "X-Penstock-Origin": "ui" });
  expect(request?.body).toBeUndefined();
  expect(apiUrl("/live").pathname).toBe("/tools/penstock/api/live");
});

test("a body is sent as JSON, a list in the query as repeated keys, and 204 is nothing", async () => {
  answer(204, "");
  expect(await api.delete("/variables/name/{name}", { path: { name: "x" } })).toBeUndefined();
  answer(200, []);
  await api.post("/flow_runs/filter", { body: { limit: 5 } });
  const [url, request] = fetch.mock.calls[1] ?? [];
  expect(url?.pathname).toBe("/api/flow_runs/filter");
  expect(request).toMatchObject({ method: "POST", body: '{"limit":5}' });
});

test("a refusal is told in full", async () => {
  answer(
    409,
    {
      code: "in_use",
      detail: "The pool is in use",
      hint: "Move its deployments",
      field: "name",
      data: { n: 3 },
    },
    { "x-request-id": "0197" },
  );
  expect(await refusal(api.get("/version"))).toMatchObject({
    status: 409,
    code: "in_use",
    message: "The pool is in use",
    hint: "Move its deployments",
    field: "name",
    detail: { n: 3 },
    requestId: "0197",
  });
});

test("requests that don't fit their types are told by what does not fit", async () => {
  const misfits = [{ type: "missing", loc: ["body", "name"], msg: "Field required" }];
  answer(422, { code: "invalid", exception_message: "Invalid request received.", exception_detail: misfits });
  expect(await refusal(api.get("/version"))).toMatchObject({
    message: "Invalid request received.",
    detail: misfits,
  });
});

test("what is no answer of ours is still an error that can be shown", async () => {
  answer(502, "<html>Bad gateway</html>");
  expect(await refusal(api.get("/version"))).toMatchObject({ status: 502, code: "unknown" });
  fetch.mockRejectedValueOnce(new TypeError("Failed to fetch"));
  expect(await refusal(api.get("/version"))).toMatchObject({ status: 0, code: "unreachable" });
});

test("a call that was taken back is no error of the server", async () => {
  const stop = new AbortController();
  stop.abort();
  fetch.mockRejectedValueOnce(new DOMException("Aborted", "AbortError"));
  await expect(api.get("/version", { signal: stop.signal })).rejects.toThrow("Aborted");
});
