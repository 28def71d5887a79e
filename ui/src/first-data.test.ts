// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rememberOpensWithView } from "@/features/runs/list/first-page";
import { startHome, startRun, startRuns } from "@/first-data";
import { queryClient } from "@/lib/query";

const asked: string[] = [];
const bodies: unknown[] = [];
let answer: () => Response;

beforeEach(() => {
  asked.length = 0;
  answer = () => Response.json({ rows: [], next: null });
  vi.stubGlobal("fetch", async (url: URL, { body }: RequestInit) => {
    asked.push(url.pathname);
    bodies.push(body ? JSON.parse(String(body)) : undefined);
    return answer();
  });
});
afterEach(() => {
  queryClient.clear();
  localStorage.clear();
  vi.unstubAllGlobals();
});
const settled = () => vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));

test("a page's first question is asked once, however often somebody is about to go there", async () => {
  startHome();
  startHome();
  startRun("a", {}, "", false);
  await settled();
  startRun("a", {}, "", true);
  await settled();
  expect(asked).toEqual(["/api/overview", "/api/flow_runs/a/detail"]);
});

test("the timeline is asked for along with the run where the address says so, and by who goes there", async () => {
  startRun("a", { tab: "timeline" }, "", false);
  await settled();
  expect(asked).toEqual(["/api/flow_runs/a/detail"]);
  startRun("a", { tab: "timeline" }, "", true);
  await settled();
  expect(asked.slice(1)).toEqual(["/api/flow_runs/a/timeline"]);
});

test("a log is asked for at the end where it opens, unless the address points elsewhere", async () => {
  answer = () => Response.json({ run: { state_type: "RUNNING" } });
  startRun("a", { tab: "logs", level: 40 }, "", true);
  startRun("a", { tab: "logs" }, "L7", true);
  await settled();
  expect(asked).toEqual(["/api/flow_runs/a/detail"]);
  startRun("a", { tab: "logs" }, "", true);
  await vi.waitFor(() => expect(asked).toContain("/api/flow_runs/a/log_window"));
  expect(bodies.at(-1)).toEqual({ tail: true, limit: 200 });
});

test("runs are not asked for where a saved view may come first, or the filter is not understood", async () => {
  rememberOpensWithView(true);
  startRuns({});
  startRuns({ q: "state:nonsense" });
  await settled();
  expect(asked).toEqual([]);
  startRuns({ q: "state:failed" });
  rememberOpensWithView(false);
  startRuns({});
  await settled();
  expect(asked).toEqual(["/api/flow_runs/list", "/api/flow_runs/list"]);
});

test("a refusal is left to the page", async () => {
  answer = () => Response.json({ code: "not_found", detail: "Nothing" }, { status: 404 });
  startHome();
  await settled();
  expect(queryClient.getQueryCache().getAll()[0]?.state.status).toBe("error");
});
