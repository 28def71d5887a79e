import { describe, expect, it } from "vitest";
import { ApiError } from "@/lib/api";
import { draftOf, EMPTY, mistakesIn, nameOf, refusedField, valuesOf } from "./draft";
import { bucketText, endOf, levelAt, limitsThat, meaningOfRelease, standing } from "./limits";
import type { ConcurrencyLimit, SlotHolder } from "./queries";

const limit = (more: Partial<ConcurrencyLimit> = {}): ConcurrencyLimit => ({
  kind: "work_queue",
  is_on: true,
  bucket: null,
  subject: { kind: "work_queue", id: "1", name: "high", within: "k8s" },
  limit: 2,
  active: 0,
  holding: 0,
  waiting: 0,
  holders: [],
  waiters: [],
  ...more,
});
const gpu = limit({
  kind: "tag",
  subject: { kind: "concurrency_limit", id: "2", name: "gpu", within: null },
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
    [{ active: 2, waiting: 4, is_on: false }, "switched off"],
  ])("%j is %s", (more, text) => expect(standing(limit(more)).text).toBe(text));
});

it("finds limits by their own name, by what they belong to and by kind", () => {
  expect(limitsThat([limit()], "K8S")).toHaveLength(1);
  expect(limitsThat([limit()], "k8s/hi")).toHaveLength(1);
  expect(limitsThat([limit()], "low")).toHaveLength(0);
  expect(limitsThat([limit(), gpu], "tag:g")).toEqual([gpu]);
  expect(limitsThat([limit(), gpu], "", ["tag", "global"])).toEqual([gpu]);
  expect(limitsThat([limit(), gpu], "high", ["tag"])).toEqual([]);
});

describe("a bucket", () => {
  it("flows away from when it was asked", () => {
    const bucket = { level: 3, decay: 0.5 };
    expect(levelAt(bucket, 10_000, 12_000)).toBe(2);
    expect(levelAt(bucket, 10_000, 9000)).toBe(3);
    expect(levelAt(bucket, 10_000, 60_000)).toBe(0);
  });
  it.each([
    [2.46, 5, 0.5, "2.5 of 5 taken, 0.5 flow away each second"],
    [0.01, 5, 1, "0.1 of 5 taken, 1 flows away each second"],
    [0, 5, 2, "0 of 5 taken, 2 flow away each second"],
  ])("of %d is told in words", (level, of, decay, text) => expect(bucketText(level, of, decay)).toBe(text));
});

describe("the end of what is held", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const holder = (more: Partial<SlotHolder>): SlotHolder => ({
    id: null,
    run: null,
    task_run: null,
    deployment: null,
    holder: null,
    slots: 1,
    since: "2026-01-01T00:00:00Z",
    expires: null,
    ...more,
  });
  it("is a moment, a state, or whoever took it", () => {
    expect(endOf(holder({ expires: "2026-01-01T00:05:00Z" }), now)).toBeUndefined();
    expect(endOf(holder({ expires: "9999-01-01T00:00:00Z" }), now)).toBe("its state ends it");
    expect(endOf(holder({ holder: "task run 1" }), now)).toBe("its state ends it");
    expect(endOf(holder({}), now)).toBe("until given back");
  });
  it("by force is said beforehand", () => {
    expect(meaningOfRelease(holder({ expires: "2026-01-01T00:05:00Z" }))).toContain("it hears of the loss");
    expect(meaningOfRelease(holder({ holder: "task run 1" }))).toContain("neither stopped nor told");
    expect(meaningOfRelease(holder({}))).toContain("without a lease");
  });
});

describe("a draft", () => {
  it("is made of a limit and becomes one", () => {
    expect(nameOf(draftOf(gpu))).toBe("tag:gpu");
    const draft = draftOf(limit({ kind: "global", bucket: { level: 0, decay: 2 }, is_on: false }));
    expect(valuesOf(draft)).toEqual({ limit: 2, slot_decay_per_second: 2, active: false });
    expect(valuesOf({ ...draft, decay: null }).slot_decay_per_second).toBe(0);
  });
  it("says what is missing", () => {
    expect(Object.keys(mistakesIn(EMPTY))).toEqual(["name", "limit"]);
    expect(mistakesIn({ ...EMPTY, name: "db", limit: 0 })).toEqual({});
  });
  it("is refused at a field", () => {
    const refusal = (status: number, field?: string) =>
      refusedField(new ApiError("no", { status, code: "x", ...(field ? { field } : {}) }));
    expect(refusal(409)).toBe("name");
    expect(refusal(422, "limit")).toBe("limit");
    expect(refusal(422, "body.slot_decay_per_second")).toBe("slot_decay_per_second");
    expect(refusal(422, "active")).toBeUndefined();
    expect(refusal(503)).toBeUndefined();
  });
});
