import type { Frame, Scene } from "./drawing";
import type { Graph } from "./graph";
import type { LayoutResult } from "./graph-layout";

/** Where the graph's origin is on the canvas, and how large. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

export interface GraphFrame extends Frame {
  readonly graph: Graph;
  readonly layout: LayoutResult;
  readonly camera: Camera;
}

/** Paints what needs what; of the critical path last and strongest. */
export function paintEdges({ ctx, palette, graph, layout, camera }: GraphFrame, scene: Scene): void {
  const isCritical = criticalEdges(graph, scene);
  for (const critical of [false, true]) {
    ctx.beginPath();
    layout.points.forEach((points, at) => {
      if (isCritical.has(at) === critical) trace(ctx, points);
    });
    ctx.strokeStyle = critical ? palette.accent : palette.muted;
    ctx.globalAlpha = critical ? 1 : 0.6;
    ctx.lineWidth = (critical ? 2.5 : 1.25) / Math.min(1, Math.max(camera.k, 0.4));
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

function criticalEdges(graph: Graph, { critical }: Scene): Set<number> {
  const found = new Set<number>();
  if (!critical) return found;
  const pairs = new Set<string>();
  critical.path.forEach((index, at) => {
    const before = critical.path[at - 1];
    if (before !== undefined) pairs.add(`${graph.nodeOf[before]}>${graph.nodeOf[index]}`);
  });
  for (let at = 0; at < graph.edges.length; at += 2) {
    if (pairs.has(`${graph.edges[at]}>${graph.edges[at + 1]}`)) found.add(at / 2);
  }
  return found;
}

/** A smooth line through the points of an edge, with an arrow's head at its end. */
function trace(ctx: CanvasRenderingContext2D, points: Float64Array): void {
  const last = points.length - 2;
  if (last < 2) return;
  const [x0, y0] = [points[0] as number, points[1] as number];
  ctx.moveTo(x0, y0);
  let [px, py] = [x0, y0];
  for (let at = 2; at <= last; at += 2) {
    const [x, y] = [points[at] as number, points[at + 1] as number];
    const bend = (x - px) / 2;
    ctx.bezierCurveTo(px + bend, py, x - bend, y, x, y);
    [px, py] = [x, y];
  }
  ctx.moveTo(px - 9, py - 4.5);
  ctx.lineTo(px - 3, py);
  ctx.lineTo(px - 9, py + 4.5);
}
