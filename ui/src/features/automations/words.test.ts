import { expect, test } from "vitest";
import { mentioned } from "./names/mentioned";
import { actionPhrase, happening, sentenceOf, triggerClause } from "./words";

const DEPLOYMENT = "0198c7a2-0000-7000-8000-000000000001";
const nameOf = (id: string) => ({ [DEPLOYMENT]: "etl/nightly" })[id];
const RUNS = { "prefect.resource.id": "prefect.flow-run.*" };

test.each([
  [{ type: "event", match: RUNS, expect: ["prefect.flow-run.Failed"] }, "a flow run fails"],
  [
    {
      type: "event",
      match: RUNS,
      expect: ["prefect.flow-run.Failed", "prefect.flow-run.Crashed"],
      threshold: 3,
      within: 600,
    },
    "a flow run fails or crashes 3 times within 10 min",
  ],
  [
    {
      type: "event",
      match: RUNS,
      match_related: {
        "prefect.resource.role": "deployment",
        "prefect.resource.id": [`prefect.deployment.${DEPLOYMENT}`],
      },
      expect: ["prefect.flow-run.Completed"],
    },
    "a flow run of deployment etl/nightly completes",
  ],
  [
    { type: "event", expect: ["order.placed"], match: { "prefect.resource.id": "shop.*" } },
    "order.placed comes for shop.*",
  ],
  [{ type: "event" }, "any event comes"],
  [{ type: "event", expect: ["prefect.flow-run.*"] }, "anything happens to a flow run"],
  [
    { type: "event", posture: "Proactive", after: ["a"], expect: ["b"], within: 300 },
    "within 5 min after a comes it is not seen that b comes",
  ],
  [
    { type: "event", posture: "Proactive", expect: ["prefect.flow-run.heartbeat"], within: 90 },
    "for 1 min 30 s it is not seen that a flow run says that it is alive",
  ],
  [
    { type: "metric", metric: { name: "successes", operator: "<", threshold: 0.9, firing_for: 600 } },
    "the share of runs that complete is less than 90 % for 10 min",
  ],
  [
    {
      type: "compound",
      require: "all",
      within: 60,
      triggers: [
        { type: "event", expect: ["a"] },
        { type: "event", expect: ["b"] },
      ],
    },
    "a comes and b comes within 1 min",
  ],
  [
    {
      type: "sequence",
      triggers: [
        { type: "event", expect: ["a"] },
        { type: "event", expect: ["b"] },
      ],
    },
    "a comes, then b comes",
  ],
])("a trigger is told in a clause: %#", (trigger, said) => {
  expect(triggerClause(trigger, nameOf)).toBe(said);
});

test("half-written triggers are told as far as they are", () => {
  expect(triggerClause({})).toBe("any event comes");
  expect(triggerClause({ type: "metric" })).toContain("a measure of runs");
  expect(triggerClause({ type: "compound", triggers: "none" })).toBe("nothing yet happens");
});

test("actions are told with what they are done to", () => {
  expect(actionPhrase({ type: "run-deployment", deployment_id: DEPLOYMENT }, nameOf)).toBe("run etl/nightly");
  expect(actionPhrase({ type: "pause-deployment", deployment_id: DEPLOYMENT }, nameOf)).toBe(
    "pause the deployment etl/nightly",
  );
  expect(actionPhrase({ type: "pause-work-pool", source: "inferred" })).toBe(
    "pause the work pool of the event",
  );
  expect(actionPhrase({ type: "change-flow-run-state", state: "FAILED" })).toBe("set the run to failed");
});

test("an automation is a sentence", () => {
  const trigger = { type: "event", match: RUNS, expect: ["prefect.flow-run.Failed"] };
  const actions = [{ type: "run-deployment", deployment_id: DEPLOYMENT }, { type: "cancel-flow-run" }];
  expect(sentenceOf({ trigger, actions }, nameOf)).toBe(
    "When a flow run fails, run etl/nightly, then cancel the run.",
  );
  expect(sentenceOf({ trigger, actions: [] })).toBe("When a flow run fails, do nothing.");
});

test("names of events are spelled as what happens", () => {
  expect(happening("prefect.work-pool.not-ready")).toBe("a work pool becomes not ready");
  expect(happening("prefect.automation.triggered")).toBe("prefect.automation.triggered comes");
});

test("related resources by their names are told by their role", () => {
  const match_related = { "prefect.resource.role": "flow", "prefect.resource.name": ["etl", "load"] };
  const trigger = { type: "event", match: RUNS, match_related, expect: ["prefect.flow-run.Failed"] };
  expect(triggerClause(trigger)).toBe("a flow run of flow etl or load fails");
});

test("what is spoken of is told by the field or the resource", () => {
  const [queue, block] = [DEPLOYMENT.replace(/^./, "1"), DEPLOYMENT.replace(/^./, "2")];
  const said = mentioned({
    match: { "prefect.resource.id": [`prefect.work-queue.${queue}`, `prefect.deployment.${DEPLOYMENT}`] },
    actions: [{ type: "send-notification", block_document_id: block }, { work_queue_id: queue }],
  });
  expect(said).toEqual({
    ids: [queue, DEPLOYMENT, block],
    queues: [queue],
    automations: [],
    blocks: [block],
  });
  expect(mentioned(undefined).ids).toEqual([]);
});

test("what is sent is told with the block that sends it", () => {
  const actions = ["send-notification", "call-webhook"].map((type) => ({
    type,
    block_document_id: DEPLOYMENT,
  }));
  expect(sentenceOf({ trigger: { type: "event" }, actions }, () => "team")).toBe(
    "When any event comes, send a notification by team, then call team.",
  );
  expect(sentenceOf({ trigger: { type: "event" }, actions })).toContain(
    "send a notification, then call a webhook",
  );
});
