import { describe, expect, test } from "vitest";
import { fromPlain, type JsonMap, plainOf } from "@/lib/exact-json";
import {
  blankTrigger,
  eventsFrontOf,
  eventsTrigger,
  FRONT_LABELS,
  type FrontKind,
  frontsFor,
  silenceFrontOf,
  stateFrontOf,
  stateTrigger,
  triggerFromEvent,
} from "./fronts";

const trigger = (value: object) => fromPlain({ type: "event", ...value }) as JsonMap;
const RUNS = { "prefect.resource.id": "prefect.flow-run.*" };
const OF_FLOW = { "prefect.resource.role": "flow", "prefect.resource.id": ["prefect.flow.f1"] };

describe("a front that shows a trigger gives it back as it was", () => {
  test("states of runs, with all that may narrow them", () => {
    const tags = { "prefect.resource.role": "tag", "prefect.resource.id": ["prefect.tag.prod"] };
    const given = trigger({
      id: "x",
      match: RUNS,
      match_related: [OF_FLOW, tags],
      expect: ["prefect.flow-run.Failed", "prefect.flow-run.Crashed"],
      for_each: ["prefect.resource.id"],
      posture: "Reactive",
      threshold: 2,
      within: 60,
    });
    const front = stateFrontOf(given);
    expect(front).toMatchObject({ states: ["Failed", "Crashed"], flows: ["f1"], tags: ["prod"] });
    expect(plainOf(stateTrigger(front as NonNullable<typeof front>, "x"))).toEqual(plainOf(given));
  });

  test("events about resources", () => {
    const given = trigger({
      match: { "prefect.resource.id": "shop.*" },
      expect: ["order.placed"],
      posture: "Reactive",
    });
    const front = eventsFrontOf(given);
    expect(front).toMatchObject({ names: ["order.placed"], resources: ["shop.*"] });
    expect(plainOf(eventsTrigger(front as NonNullable<typeof front>, "Reactive"))).toEqual(plainOf(given));
  });

  test("what does not happen", () => {
    const given = trigger({ after: ["a"], expect: ["b"], posture: "Proactive", within: 30 });
    const front = silenceFrontOf(given);
    expect(front).toMatchObject({ after: ["a"], names: ["b"], within: 30 });
    expect(plainOf(eventsTrigger(front as NonNullable<typeof front>, "Proactive"))).toEqual(plainOf(given));
  });
});

test.each([
  [
    "a label that no question asks for",
    { match: { ...RUNS, "prefect.state-type": "FAILED" }, expect: ["prefect.flow-run.Failed"] },
  ],
  [
    "a negation",
    {
      match: RUNS,
      match_related: { "prefect.resource.role": "flow", "prefect.resource.id": "!prefect.flow.f1" },
    },
  ],
  ["a related resource by name", { match: RUNS, match_related: { "prefect.resource.name": "etl" } }],
  ["a field from elsewhere", { match: RUNS, more: 1 }],
  ["events that must come first", { match: RUNS, after: ["x"], expect: ["prefect.flow-run.Failed"] }],
])("%s is left to the form with all fields", (_, value) => {
  expect(stateFrontOf(trigger(value))).toBeUndefined();
  expect(eventsFrontOf(trigger(value))).toBeUndefined();
});

test.each(Object.keys(FRONT_LABELS) as FrontKind[])(
  "%s begins as something that its front can show",
  (kind) => {
    expect(frontsFor(blankTrigger(kind))[0]).toBe(kind);
  },
);

describe("a trigger from an event", () => {
  const related = [
    { "prefect.resource.id": "prefect.flow.f1", "prefect.resource.role": "flow" },
    { "prefect.resource.id": "prefect.deployment.d1", "prefect.resource.role": "deployment" },
  ];
  const resource = { "prefect.resource.id": "prefect.flow-run.r1" };

  test("of a run is about runs of the same deployment", () => {
    const made = triggerFromEvent({ event: "prefect.flow-run.Failed", resource, related });
    expect(stateFrontOf(made)).toMatchObject({ states: ["Failed"], deployments: ["d1"], flows: [] });
  });

  test("of a run without a deployment is about runs of the same flow", () => {
    const made = triggerFromEvent({
      event: "prefect.flow-run.Failed",
      resource,
      related: related.slice(0, 1),
    });
    expect(stateFrontOf(made)).toMatchObject({ states: ["Failed"], deployments: [], flows: ["f1"] });
  });

  test("of others is about the same resource", () => {
    const made = triggerFromEvent({
      event: "order.placed",
      resource: { "prefect.resource.id": "shop.order.1" },
    });
    expect(eventsFrontOf(made)).toMatchObject({ names: ["order.placed"], resources: ["shop.order.1"] });
  });
});
