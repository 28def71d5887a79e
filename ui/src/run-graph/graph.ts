import type { Model } from "./model";

/** Above so many task runs, those of one task are one node until they are opened. */
export const GROUP_ABOVE = 300;

export const CARD = { width: 196, height: 46 } as const;
export const GROUP_CARD = { width: 212, height: 62 } as const;
export const CELL = { width: 128, height: 22, gap: 3, header: 30, padding: 8 } as const;

/** A node of the graph: a task run, a task's runs as one, or a task's runs as a grid of cells. */
export interface GraphNode {
  readonly kind: "task" | "group" | "grid";
  readonly group: number;
  /** The task run of a node that is one. */
  readonly index: number;
  readonly columns: number;
  readonly width: number;
  readonly height: number;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of nodes, one after the other: from, to, from, to … */
  readonly edges: Int32Array;
  readonly nodeOf: Int32Array;
}

export function buildGraph(model: Model, chosen: ReadonlyMap<string, boolean>): Graph {
  const nodes: GraphNode[] = [];
  const nodeOf = new Int32Array(model.size);
  const apart = model.size <= GROUP_ABOVE;
  model.groups.forEach(({ members }, group) => {
    const open = isOpen(model, group, chosen);
    if (members.length === 1 || (apart && open)) {
      for (const index of members) {
        nodeOf[index] = nodes.length;
        nodes.push({ kind: "task", group, index, columns: 1, ...CARD });
      }
      return;
    }
    for (const index of members) nodeOf[index] = nodes.length;
    nodes.push(
      open ? gridOf(group, members.length) : { kind: "group", group, index: -1, columns: 1, ...GROUP_CARD },
    );
  });
  return { nodes, edges: edgesOf(model, nodeOf, nodes.length), nodeOf };
}

/** Whether a task's runs are shown one by one: what people chose, else as long as the whole run is small. */
export function isOpen(model: Model, group: number, chosen: ReadonlyMap<string, boolean>): boolean {
  return chosen.get(model.groups[group]?.name ?? "") ?? model.size <= GROUP_ABOVE;
}

function gridOf(group: number, size: number): GraphNode {
  const columns = Math.max(
    1,
    Math.ceil(Math.sqrt((size * (CELL.height + CELL.gap)) / (CELL.width + CELL.gap)) * 1.3),
  );
  const rows = Math.ceil(size / columns);
  const width = columns * (CELL.width + CELL.gap) - CELL.gap + 2 * CELL.padding;
  const height = CELL.header + rows * (CELL.height + CELL.gap) - CELL.gap + CELL.padding;
  return { kind: "grid", group, index: -1, columns, width: Math.max(width, GROUP_CARD.width), height };
}

function edgesOf(model: Model, nodeOf: Int32Array, count: number): Int32Array {
  const seen = new Set<number>();
  const edges: number[] = [];
  model.timeline.parents.forEach((parents, index) => {
    const to = nodeOf[index];
    for (const parent of parents) {
      const from = nodeOf[parent];
      if (from === undefined || to === undefined || from === to) continue;
      const key = from * count + to;
      if (seen.has(key)) continue;
      seen.add(key);
      edges.push(from, to);
    }
  });
  return Int32Array.from(edges);
}

/** The place of a cell within its grid, by the order in the group. */
export function cellBox(node: GraphNode, place: number): { x: number; y: number } {
  const column = place % node.columns;
  const row = Math.floor(place / node.columns);
  return {
    x: CELL.padding + column * (CELL.width + CELL.gap),
    y: CELL.header + row * (CELL.height + CELL.gap),
  };
}

/** The cell at a place within a grid; undefined between cells and beyond the last. */
export function cellAt(node: GraphNode, size: number, x: number, y: number): number | undefined {
  const column = Math.floor((x - CELL.padding) / (CELL.width + CELL.gap));
  const row = Math.floor((y - CELL.header) / (CELL.height + CELL.gap));
  if (column < 0 || column >= node.columns || row < 0) return undefined;
  const place = row * node.columns + column;
  return place < size ? place : undefined;
}
