import { describe, expect, it } from "vitest";
import { limitsThat, standing } from "./limits";
import type { ConcurrencyLimit } from "./queries";

const limit = (more: Partial<ConcurrencyLimit> = {}): ConcurrencyLimit => ({
  kind: "work_queue",
  subject: { kind: "work_queue", id: "1", name: "high", within: "k8s" },
  limit: 2,
  active: 0,
  waiting: 0,
  holders: [],
  waiters: [],
  ...more,
});

describe("standing", () => {
  it.each([
    [{ active: 0 }, "free"],
    [{ active: 1 }, "in use"],
    [{ active: 2 }, "full"],
    [{ active: 3 }, "full"],
    [{ active: 2, waiting: 1 }, "full, runs wait"],
    [{ limit: 0 }, "lets nothing run"],
    [{ active: 1, waiting: 4 }, "in use"],
  ])("%j is %s", (more, text) => expect(standing(limit(more)).text).toBe(text));
});

it("finds limits by their own name and by what they belong to", () => {
  expect(limitsThat([limit()], "K8S")).toHaveLength(1);
  expect(limitsThat([limit()], "k8s/hi")).toHaveLength(1);
  expect(limitsThat([limit()], "low")).toHaveLength(0);
});
