import { describe, expect, test } from "vitest";
import { buildGraph, CELL, cellAt, cellBox } from "./graph";
import { type LayoutInput, layoutGraph } from "./graph-layout";
import { buildModel } from "./model";
import { largeTimeline, timelineOf } from "./sample";

const inputOf = (size: number, edges: number[]): LayoutInput => ({
  widths: new Float64Array(size).fill(100),
  heights: new Float64Array(size).fill(40),
  edges: Int32Array.from(edges),
});

function areApart({ x, y }: { x: Float64Array; y: Float64Array }): boolean {
  return x.every((left, a) =>
    x.every(
      (other, b) => a === b || Math.abs(left - other) >= 99.9 || Math.abs((y[a] ?? 0) - (y[b] ?? 0)) >= 39.9,
    ),
  );
}

describe("a graph", () => {
  const mapped = Array.from({ length: 400 }, (_, i) => ({
    task: "many",
    started: i,
    ended: i + 5,
    parents: [0],
  }));
  const model = buildModel(
    timelineOf([
      { task: "first", started: 0, ended: 1 },
      ...mapped,
      { task: "last", started: 500, ended: 600, parents: [5, 6] },
    ]),
  );

  test("has one node for a large task and one edge for many dependencies", () => {
    const graph = buildGraph(model, new Map());
    expect(graph.nodes.map(({ kind }) => kind)).toEqual(["task", "group", "task"]);
    expect([...graph.edges]).toEqual([0, 1, 1, 2]);
  });

  test("shows the runs of an opened task as a grid in which each is found", () => {
    const graph = buildGraph(model, new Map([["many", true]]));
    const grid = graph.nodes[1];
    if (!grid) throw new Error("no grid");
    expect(grid.kind).toBe("grid");
    for (const place of [0, 7, 399]) {
      const { x, y } = cellBox(grid, place);
      expect(cellAt(grid, 400, x + 1, y + 1)).toBe(place);
      expect(x + CELL.width).toBeLessThanOrEqual(grid.width);
      expect(y + CELL.height).toBeLessThanOrEqual(grid.height);
    }
    expect(cellAt(grid, 400, 2, 2)).toBeUndefined();
  });

  test("of a small run shows every task run, unless its task was closed", () => {
    const small = buildModel(
      timelineOf([
        { task: "a", started: 0 },
        { task: "a", started: 1 },
        { task: "b", started: 2 },
      ]),
    );
    expect(buildGraph(small, new Map()).nodes).toHaveLength(3);
    expect(buildGraph(small, new Map([["a", false]])).nodes.map(({ kind }) => kind)).toEqual([
      "group",
      "task",
    ]);
  });
});

describe("a layout", () => {
  test("goes from left to right and puts nothing on another", () => {
    const found = layoutGraph(inputOf(7, [0, 1, 0, 2, 1, 3, 2, 3]));
    expect(areApart(found)).toBe(true);
    expect(found.x[0]).toBeLessThan(found.x[1] as number);
    expect(found.x[1]).toBeLessThan(found.x[3] as number);
    expect(found.points).toHaveLength(4);
    // What is connected to nothing lies below.
    expect(found.y[5]).toBeGreaterThan(Math.max(...found.y.slice(0, 4)));
  });

  test("of very many falls back to layers, and survives circles", () => {
    const edges = Array.from({ length: 799 }, (_, i) => [Math.floor(i / 2), i + 1]).flat();
    const found = layoutGraph(inputOf(800, [...edges, 799, 398]));
    expect(areApart(found)).toBe(true);
    expect(found.height).toBeGreaterThan(0);
  });

  test("of nothing is nothing", () => {
    expect(layoutGraph(inputOf(0, []))).toMatchObject({ width: 0, height: 0 });
  });
});

test("10,000 task runs become a graph in a moment", () => {
  const model = buildModel(largeTimeline(10_000));
  const before = performance.now();
  const graph = buildGraph(model, new Map());
  layoutGraph({
    widths: Float64Array.from(graph.nodes, ({ width }) => width),
    heights: Float64Array.from(graph.nodes, ({ height }) => height),
    edges: graph.edges,
  });
  expect(performance.now() - before).toBeLessThan(500);
  expect(graph.nodes).toHaveLength(6);
});
