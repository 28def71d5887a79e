import { expect, test } from "vitest";
import { levelOf } from "./health-strip";
import { nextStepOf } from "./next-step";
import type { Attention } from "./queries";
import { doneSteps, stepsFor } from "./steps";

const attention = (kind: Attention["kind"], subject: Partial<Attention["subject"]>): Attention =>
  ({ kind, severity: "warning", text: "", count: 1, since: null, runs: [], subject }) as unknown as Attention;

test("a case leads to its runs", () => {
  const runs = (kind: Attention["kind"], subject: Partial<Attention["subject"]>) =>
    nextStepOf(attention(kind, subject)).runs;
  expect(runs("failing", { kind: "deployment", name: "weekly", within: "send-report" })).toBe(
    "state:failed,crashed deployment:send-report/weekly",
  );
  expect(runs("late", { kind: "work_queue", name: "my queue", within: "eu" })).toBe(
    'state:late since:all pool:eu queue:"my queue"',
  );
  expect(runs("no_worker", { kind: "work_pool", name: "eu" })).toBe("state:late since:all pool:eu");
  expect(runs("stuck", { kind: "flow_run", name: "brisk-otter" })).toBe("since:all brisk-otter");
  expect(runs("stuck", { kind: "flow_run", name: "nightly: eu" })).toBe('since:all "nightly: eu"');
});

test("a pool without workers is told the command that starts one", () => {
  expect(nextStepOf(attention("no_worker", { kind: "work_pool", name: "eu" })).command).toBe(
    "penstock worker start --pool eu",
  );
});

test("steps are done as the server sees them, and the flow with its deployment", () => {
  const nothing = { pools: 0, workers: 0, deployments: false, completed: false };
  expect([...doneSteps(nothing)]).toEqual([]);
  expect([...doneSteps({ ...nothing, pools: 1, workers: 1 })]).toEqual(["pool", "worker"]);
  expect([...doneSteps({ pools: 1, workers: 1, deployments: true, completed: true })]).toEqual([
    "pool",
    "worker",
    "flow",
    "deployment",
    "run",
  ]);
});

test("commands say where the server is, unless it is where they look anyway", () => {
  const first = (server: string) => stepsFor(server)[0]?.code.split("\n")[0];
  expect(first("http://127.0.0.1:4200/api")).toBe("penstock work-pool create local --type process");
  expect(first("https://flows.example/penstock/api")).toBe(
    "penstock config set PENSTOCK_API_URL=https://flows.example/penstock/api",
  );
});

test("commands bring the credential that a server asks for", () => {
  const [{ code, command } = { code: "", command: true }] = stepsFor("http://127.0.0.1:4200/api", true);
  expect(code).toBe(
    "penstock config set PENSTOCK_API_AUTH_STRING=user:password\npenstock work-pool create local --type process",
  );
  expect(command).toBe(false);
});

test("a service that is behind is worth a look, and one that is far behind is bad", () => {
  expect([0, 4.9, 5, 59, 60].map(levelOf)).toEqual(["good", "good", "warning", "warning", "bad"]);
});
