// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { labelOf } from "./event-line";
import { nameOf, placeOf } from "./labels";
import { verbOf } from "./words";

const ID = "0198c7a2-0000-7000-8000-000000000001";
const of = (kind: string, name?: string) => ({
  "prefect.resource.id": `prefect.${kind}.${ID}`,
  ...(name ? { "prefect.resource.name": name } : {}),
});

describe("what happened is said in words", () => {
  test.each([
    ["prefect.flow-run.Failed", "failed"],
    ["prefect.work-pool.not-ready", "became not ready"],
    ["prefect.automation.action.executed", "did an action"],
    ["prefect.thing.SomethingElse", "something else"],
  ])("%s", (name, verb) => expect(verbOf(name)).toBe(verb));

  test("and events of others keep their names", () => {
    const event = {
      id: "1",
      occurred: "",
      event: "order.placed",
      resource: { "prefect.resource.id": "shop.1" },
    };
    expect(labelOf(event)).toBe("order.placed of shop.1");
    expect(labelOf({ ...event, event: "prefect.flow-run.Failed", resource: of("flow-run", "brisk") })).toBe(
      "Flow run brisk failed",
    );
  });
});

describe("resources lead to their pages", () => {
  test.each([
    ["flow-run", "/runs/$id"],
    ["deployment", "/deployments/$id"],
    ["automation", "/automations/$id"],
    ["event", "/events/$id"],
  ])("%s", (kind, to) => expect(placeOf(of(kind))).toMatchObject({ to, params: { id: ID } }));

  test("pools by their names, and others not at all", () => {
    expect(placeOf(of("work-pool", "local"))).toMatchObject({ params: { name: "local" } });
    expect(placeOf(of("work-pool"))).toBeUndefined();
    expect(placeOf({ "prefect.resource.id": "shop.1" })).toBeUndefined();
    expect(placeOf({ "prefect.resource.id": "prefect.flow-run.not-an-id" })).toBeUndefined();
  });

  test("what has no name is called by the end of its id", () => {
    expect(nameOf(of("flow"))).toBe("0198c7a2");
    expect(nameOf({ "prefect.resource.id": "shop.order.17" })).toBe("shop.order.17");
  });
});
