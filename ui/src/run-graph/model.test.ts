import { describe, expect, test } from "vitest";
import { criticalPath } from "./critical-path";
import { hitTimeline } from "./hit";
import { packLanes } from "./lanes";
import { buildModel, endOf, extentOf, LOOKS, lookOf, queuedFor } from "./model";
import { BAND, buildRows, firstBeyond, LANE, rowAt, SINGLE } from "./rows";
import { largeTimeline, timelineOf } from "./sample";
import { AXIS_HEIGHT, fitTo } from "./viewport";

const none: ReadonlyMap<string, boolean> = new Map();

describe("a model", () => {
  test("knows when each was asked for, began and ended", () => {
    const model = buildModel(
      timelineOf(
        [
          { expected: 100, started: 400, ended: 900 },
          { expected: 500 },
          { started: 600, state: ["RUNNING", "Running"] },
        ],
        { end: null },
      ),
    );
    expect([...model.from]).toEqual([100, 500, 600]);
    expect(model.begun[0]).toBe(400);
    expect(model.begun[1]).toBeNaN();
    expect(queuedFor(model, 0, 5000)).toBe(300);
    expect(queuedFor(model, 1, 5000)).toBe(4500);
    expect(endOf(model, 2, 5000)).toBe(5000);
    expect(model.open).toBe(2);
  });

  test("lets nothing go on beyond the end of the run", () => {
    const model = buildModel(timelineOf([{ started: 0, ended: 2000 }, { started: 500 }]));
    expect(endOf(model, 1, 1e9)).toBe(2000);
    expect(extentOf(model, 1e9)).toEqual([0, 2000]);
  });

  test("groups by task, in the order of their beginning, and counts looks", () => {
    const model = buildModel(
      timelineOf([
        { task: "b", started: 50, ended: 60 },
        { task: "a", started: 10, ended: 20, state: ["FAILED", "Failed"] },
        { task: "b", started: 30, ended: 40, state: ["COMPLETED", "Cached"] },
      ]),
    );
    expect(model.groups.map(({ name }) => name)).toEqual(["a", "b"]);
    expect([...(model.groups[1]?.members ?? [])]).toEqual([2, 0]);
    expect(model.groups[1]?.counts[LOOKS.indexOf("CACHED")]).toBe(1);
    expect([...model.group]).toEqual([1, 0, 1]);
  });

  test("names and types of states have one look", () => {
    expect(lookOf("SCHEDULED", "AwaitingRetry")).toBe("AWAITING_RETRY");
    expect(lookOf("RUNNING", "Retrying")).toBe("RUNNING");
    expect(lookOf("NEW_TYPE", "New")).toBe("PENDING");
  });
});

describe("lanes", () => {
  const pack = (spans: [number, number][]) => {
    const members = Int32Array.from(spans.keys());
    const lanes = packLanes(
      members,
      Float64Array.from(spans.map(([from]) => from)),
      Float64Array.from(spans.map(([, until]) => until)),
    );
    return [...lanes.starts.slice(0, -1)].map((start, lane) => [
      ...lanes.order.subarray(start, lanes.starts[lane + 1]),
    ]);
  };
  test("are as many as overlap, and the highest that is free is taken", () => {
    expect(
      pack([
        [0, 10],
        [1, 3],
        [2, 4],
        [3, 5],
        [10, 12],
      ]),
    ).toEqual([[0, 4], [1, 3], [2]]);
  });
  test("keep what goes on to itself", () => {
    expect(
      pack([
        [0, Number.POSITIVE_INFINITY],
        [5, 6],
        [7, 8],
      ]),
    ).toEqual([[0], [1, 2]]);
  });
  test("part two instants at one moment", () => {
    expect(
      pack([
        [5, 5],
        [5, 5],
      ]),
    ).toEqual([[0], [1]]);
  });
  test("never overlap in a large run", () => {
    const model = buildModel(largeTimeline(5000));
    for (const group of model.groups) {
      const { order, starts } = packLanes(group.members, model.from, model.until);
      for (let lane = 0; lane + 1 < starts.length; lane++) {
        const mine = order.subarray(starts[lane], starts[lane + 1]);
        mine.forEach((index, i) => {
          if (i > 0)
            expect(model.from[index]).toBeGreaterThanOrEqual(model.until[mine[i - 1] as number] as number);
        });
      }
    }
  });
});

describe("rows", () => {
  const many = Array.from({ length: 20 }, (_, i) => ({ task: "many", started: i * 10, ended: i * 10 + 25 }));
  const model = buildModel(timelineOf([{ task: "one", started: 0, ended: 5 }, ...many]));

  test("a task with many runs is a band until it is opened", () => {
    const closed = buildRows(model, none);
    expect([...closed.kind]).toEqual([SINGLE, BAND]);
    const open = buildRows(model, new Map([["many", true]]));
    expect([...open.kind]).toEqual([SINGLE, LANE, LANE, LANE]);
    expect([...open.first]).toEqual([1, 1, 0, 0]);
  });

  test("are found by height, and each task run's row is known", () => {
    const rows = buildRows(model, new Map([["many", true]]));
    for (let row = 0; row < rows.count; row++) {
      expect(rowAt(rows, rows.top[row] as number)).toBe(row);
      expect(rowAt(rows, (rows.top[row + 1] as number) - 0.5)).toBe(row);
    }
    expect(rowAt(rows, -5)).toBe(0);
    expect(rowAt(rows, 1e9)).toBe(rows.count - 1);
    expect(rows.rowOf[0]).toBe(0);
    expect(rows.rowOf[2]).toBe(2);
  });

  test("find the first bar beyond a moment by halving", () => {
    const rows = buildRows(model, new Map([["many", true]]));
    const at = firstBeyond(rows, 1, model.until, 60);
    expect(model.until[rows.order[at] as number]).toBeGreaterThanOrEqual(60);
    expect(at === rows.begin[1] || (model.until[rows.order[at - 1] as number] as number) < 60).toBe(true);
    expect(firstBeyond(rows, 1, model.until, 1e9)).toBe(rows.end[1]);
  });
});

describe("the critical path", () => {
  test("goes along the parents that ended last", () => {
    const model = buildModel(
      timelineOf([
        { started: 0, ended: 1000 },
        { started: 0, ended: 3000 },
        { started: 3050, ended: 5000, parents: [0, 1] },
        { started: 1000, ended: 4000, parents: [0] },
      ]),
    );
    const { path, busy } = criticalPath(model, 5000);
    expect(path).toEqual([1, 2]);
    expect(busy).toBe(4950);
  });
  test("follows what was called one after the other, and stops at a pause of the flow's own", () => {
    const model = buildModel(
      timelineOf([
        { started: 0, ended: 100 },
        { started: 5000, ended: 6000 },
        { started: 6010, ended: 7000 },
      ]),
    );
    expect(criticalPath(model, 7000).path).toEqual([1, 2]);
  });
  test("ends although parents go in circles or out of bounds", () => {
    const model = buildModel(
      timelineOf([
        { started: 0, ended: 10, parents: [1] },
        { started: 0, ended: 20, parents: [0, 99] },
      ]),
    );
    expect(criticalPath(model, 20).path.length).toBeLessThanOrEqual(2);
    expect(criticalPath(buildModel(timelineOf([])), 0).path).toEqual([]);
  });
});

describe("what is under the pointer", () => {
  const many = Array.from({ length: 20 }, (_, i) => ({
    task: "many",
    started: i * 100,
    ended: i * 100 + 50,
  }));
  const model = buildModel(timelineOf([{ task: "one", started: 0, ended: 2000 }, ...many]));
  const view = fitTo(0, 2000, 1000);
  const xOf = (moment: number) => 200 + (moment - view.start) / view.msPerPx;

  test("a bar, the name beside it, a band, its name, nothing", () => {
    const rows = buildRows(model, none);
    const hit = (x: number, y: number) => hitTimeline(model, rows, view, 200, 2000, x, y);
    expect(hit(xOf(500), AXIS_HEIGHT + 5)).toEqual({ kind: "task", index: 0 });
    expect(hit(20, AXIS_HEIGHT + 5)).toEqual({ kind: "task", index: 0 });
    const below = AXIS_HEIGHT + (rows.top[1] as number) + 5;
    expect(hit(xOf(500), below)).toEqual({ kind: "group", group: 1, onName: false });
    expect(hit(20, below)).toEqual({ kind: "group", group: 1, onName: true });
    expect(hit(500, 5)).toBeNull();
    expect(hit(500, 5000)).toBeNull();
  });

  test("the nearest bar where it is missed by a little", () => {
    const rows = buildRows(model, new Map([["many", true]]));
    const y = AXIS_HEIGHT + (rows.top[1] as number) + 5;
    expect(hitTimeline(model, rows, view, 200, 2000, xOf(550) + 2, y)).toEqual({ kind: "task", index: 6 });
    expect(hitTimeline(model, rows, view, 200, 2000, xOf(575), y)).toBeNull();
  });
});

test("50,000 task runs are ready in a moment", () => {
  const timeline = largeTimeline(50_000);
  const before = performance.now();
  const model = buildModel(timeline);
  const rows = buildRows(model, new Map(model.groups.map(({ name }) => [name, true])));
  const path = criticalPath(model, model.now);
  expect(performance.now() - before).toBeLessThan(1500);
  expect(rows.end[rows.count - 1]).toBe(50_000);
  expect(path.path.length).toBeGreaterThan(1);
});
