import { Graph as DagreGraph, layout } from "@dagrejs/dagre";

export interface LayoutInput {
  readonly widths: Float64Array;
  readonly heights: Float64Array;
  readonly edges: Int32Array;
}

export interface LayoutResult {
  /** Upper left corners. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The points of each edge, x and y in turn. */
  readonly points: readonly Float64Array[];
  readonly width: number;
  readonly height: number;
}

/** Beyond, a person would wait for dagre; layers by depth are made at once. */
const DAGRE_UP_TO = 700;
const GAP = { rank: 72, node: 16, block: 40 } as const;

/** Places what is connected from left to right, and below it, in rows, what is connected to nothing. */
export function layoutGraph(input: LayoutInput): LayoutResult {
  const count = input.widths.length;
  const connected = new Uint8Array(count);
  for (const node of input.edges) connected[node] = 1;
  const inside = [...connected.keys()].filter((node) => connected[node]);
  const outside = [...connected.keys()].filter((node) => !connected[node]);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const placed =
    inside.length <= DAGRE_UP_TO ? withDagre(input, inside, x, y) : inLayers(input, inside, x, y);
  const rows = inRows(input, outside, x, y, placed.height > 0 ? placed.height + GAP.block : 0, placed.width);
  return {
    x,
    y,
    points: placed.points,
    width: Math.max(placed.width, rows.width),
    height: Math.max(placed.height, rows.height),
  };
}

interface Placed {
  points: Float64Array[];
  width: number;
  height: number;
}

function withDagre(input: LayoutInput, nodes: readonly number[], x: Float64Array, y: Float64Array): Placed {
  if (nodes.length === 0) return { points: [], width: 0, height: 0 };
  const graph = new DagreGraph();
  graph.setGraph({ rankdir: "LR", ranksep: GAP.rank, nodesep: GAP.node, edgesep: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    graph.setNode(String(node), {
      width: input.widths[node] as number,
      height: input.heights[node] as number,
    });
  }
  for (let at = 0; at < input.edges.length; at += 2) {
    graph.setEdge(String(input.edges[at]), String(input.edges[at + 1]));
  }
  layout(graph);
  for (const node of nodes) {
    const found = graph.node(String(node)) as { x: number; y: number };
    x[node] = found.x - (input.widths[node] as number) / 2;
    y[node] = found.y - (input.heights[node] as number) / 2;
  }
  const points: Float64Array[] = [];
  for (let at = 0; at < input.edges.length; at += 2) {
    const edge = graph.edge(String(input.edges[at]), String(input.edges[at + 1])) as {
      points?: { x: number; y: number }[];
    };
    points.push(Float64Array.from((edge.points ?? []).flatMap((point) => [point.x, point.y])));
  }
  const size = graph.graph() as { width?: number; height?: number };
  return { points, width: size.width ?? 0, height: size.height ?? 0 };
}

function inLayers(input: LayoutInput, nodes: readonly number[], x: Float64Array, y: Float64Array): Placed {
  const depth = depths(input);
  const next: number[] = [];
  const wide: number[] = [];
  let height = 0;
  for (const node of nodes) {
    const layer = depth[node] as number;
    y[node] = next[layer] ?? 0;
    next[layer] = (y[node] as number) + (input.heights[node] as number) + GAP.node;
    wide[layer] = Math.max(wide[layer] ?? 0, input.widths[node] as number);
    height = Math.max(height, next[layer] as number);
  }
  const left: number[] = [0];
  for (let layer = 0; layer < wide.length; layer++)
    left[layer + 1] = (left[layer] as number) + (wide[layer] ?? 0) + GAP.rank;
  for (const node of nodes) x[node] = left[depth[node] as number] as number;
  const points: Float64Array[] = [];
  for (let at = 0; at < input.edges.length; at += 2) {
    const [a, b] = [input.edges[at] as number, input.edges[at + 1] as number];
    points.push(
      Float64Array.of(
        (x[a] as number) + (input.widths[a] as number),
        (y[a] as number) + (input.heights[a] as number) / 2,
        x[b] as number,
        (y[b] as number) + (input.heights[b] as number) / 2,
      ),
    );
  }
  return { points, width: (left[wide.length] as number) - GAP.rank, height: height - GAP.node };
}

/** The longest way to each node from one without parents; circles are cut where they close. */
function depths({ edges, widths }: LayoutInput): Int32Array {
  const count = widths.length;
  const depth = new Int32Array(count);
  const waiting = new Int32Array(count);
  const children: number[][] = Array.from({ length: count }, () => []);
  for (let at = 0; at < edges.length; at += 2) {
    const to = edges[at + 1] as number;
    children[edges[at] as number]?.push(to);
    waiting[to] = (waiting[to] as number) + 1;
  }
  const ready = [...waiting.keys()].filter((node) => waiting[node] === 0);
  for (let at = 0; at < ready.length; at++) {
    const node = ready[at] as number;
    for (const child of children[node] ?? []) {
      depth[child] = Math.max(depth[child] as number, (depth[node] as number) + 1);
      waiting[child] = (waiting[child] as number) - 1;
      if (waiting[child] === 0) ready.push(child);
    }
  }
  return depth;
}

function inRows(
  input: LayoutInput,
  nodes: readonly number[],
  x: Float64Array,
  y: Float64Array,
  top: number,
  width: number,
): { width: number; height: number } {
  if (nodes.length === 0) return { width: 0, height: 0 };
  const area = nodes.reduce(
    (sum, node) => sum + (input.widths[node] as number) * (input.heights[node] as number),
    0,
  );
  const room = Math.max(width, Math.sqrt(area * 2.4), 640);
  let left = 0;
  let line = top;
  let tall = 0;
  let widest = 0;
  for (const node of nodes) {
    const wide = input.widths[node] as number;
    if (left > 0 && left + wide > room) {
      line += tall + GAP.node;
      left = 0;
      tall = 0;
    }
    x[node] = left;
    y[node] = line;
    left += wide + GAP.node;
    widest = Math.max(widest, left - GAP.node);
    tall = Math.max(tall, input.heights[node] as number);
  }
  return { width: widest, height: line + tall };
}
