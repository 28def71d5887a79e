import { duration } from "@/lib/format";
import type { Scene } from "./drawing";
import { CELL, cellBox, type GraphNode } from "./graph";
import { endOf, LOOKS } from "./model";
import { BLOCK, paintBox, paintGlyph } from "./paint-bars";
import { type GraphFrame, paintEdges } from "./paint-edges";
import { FONT } from "./timeline-frame";

/** Below this size letters cannot be read. */
const READABLE = 0.45;

export function paintGraph(frame: GraphFrame, scene: Scene): boolean {
  const { ctx, width, height, palette, graph, layout, camera } = frame;
  ctx.fillStyle = palette.bg;
  ctx.fillRect(0, 0, width, height);
  ctx.save();
  ctx.translate(camera.x, camera.y);
  ctx.scale(camera.k, camera.k);
  ctx.textBaseline = "middle";
  paintEdges(frame, scene);
  let grows = false;
  graph.nodes.forEach((node, at) => {
    const x = layout.x[at] as number;
    const y = layout.y[at] as number;
    const left = camera.x + x * camera.k;
    const top = camera.y + y * camera.k;
    if (left > width || top > height || left + node.width * camera.k < 0 || top + node.height * camera.k < 0)
      return;
    if (node.kind === "task") grows = paintTask(frame, scene, node, x, y) || grows;
    else if (node.kind === "group") paintGroup(frame, scene, node, x, y);
    else paintGrid(frame, scene, node, x, y);
  });
  ctx.restore();
  return grows;
}

function isSelected({ selected }: Scene, node: GraphNode): boolean {
  if (!selected) return false;
  return selected.kind === "task"
    ? selected.index === node.index
    : node.kind !== "task" && selected.group === node.group;
}

function isHovered({ hovered }: Scene, node: GraphNode): boolean {
  if (!hovered) return false;
  return hovered.kind === "task"
    ? hovered.index === node.index
    : node.kind !== "task" && hovered.group === node.group;
}

function frameAround(frame: GraphFrame, scene: Scene, node: GraphNode, x: number, y: number): void {
  const { ctx, palette, camera } = frame;
  const critical = node.index >= 0 && scene.critical?.has.has(node.index);
  const [color, width] = isSelected(scene, node)
    ? [palette.focus, 3]
    : isHovered(scene, node)
      ? [palette.text, 1.5]
      : critical
        ? [palette.accent, 2]
        : [null, 0];
  if (!color) return;
  ctx.strokeStyle = color;
  ctx.lineWidth = width / Math.min(1, camera.k);
  ctx.beginPath();
  ctx.roundRect(x - 2.5, y - 2.5, node.width + 5, node.height + 5, 9);
  ctx.stroke();
}

function card(frame: GraphFrame, node: GraphNode, x: number, y: number, stroke: string): void {
  const { ctx, palette } = frame;
  ctx.beginPath();
  ctx.roundRect(x, y, node.width, node.height, 7);
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1;
  ctx.stroke();
}

function paintTask(frame: GraphFrame, scene: Scene, node: GraphNode, x: number, y: number): boolean {
  const { ctx, palette, text, camera, now } = frame;
  const { model, match } = scene;
  const { index } = node;
  const look = model.look[index] as number;
  const paint = palette.looks[look];
  if (!paint) return false;
  ctx.globalAlpha = match && !match[index] ? 0.25 : 1;
  paintBox(ctx, x, y, node.width, node.height, palette.surface, paint.strong, null);
  paintBox(ctx, x, y, 30, node.height, paint.soft, paint.strong, paint.pattern);
  paintGlyph(ctx, look, x + 9, y + node.height / 2 - 6, paint.strong);
  if (camera.k > READABLE) {
    const label = model.timeline.labels[index] ?? "";
    const attempts = model.timeline.attempts[index] ?? 1;
    const begun = model.begun[index] as number;
    const took = Number.isNaN(begun) ? "" : duration((endOf(model, index, now) - begun) / 1000);
    ctx.font = FONT(palette.font);
    ctx.fillStyle = palette.text;
    ctx.fillText(text.fit(ctx, label, node.width - 46), x + 38, y + 15);
    ctx.fillStyle = palette.muted;
    const state = model.timeline.state_names[model.timeline.state[index] ?? -1] ?? "";
    const facts = [
      state,
      took,
      attempts > 1 ? `×${attempts}` : "",
      model.timeline.children[index] ? "subflow" : "",
    ]
      .filter(Boolean)
      .join(" · ");
    ctx.fillText(text.fit(ctx, facts, node.width - 46), x + 38, y + 32);
  }
  frameAround(frame, scene, node, x, y);
  ctx.globalAlpha = 1;
  return model.until[index] === Number.POSITIVE_INFINITY;
}

function paintGroup(frame: GraphFrame, scene: Scene, node: GraphNode, x: number, y: number): void {
  const { palette, camera } = frame;
  const group = scene.model.groups[node.group];
  if (!group) return;
  for (const shift of [6, 3]) card(frame, node, x + shift, y + shift, palette.line);
  card(frame, node, x, y, palette.muted);
  if (camera.k > READABLE) paintTitle(frame, group.name, group.members.length, node, x, y + 20);
  paintShare(frame, group.counts, group.members.length, x + 12, y + node.height - 20, node.width - 24, 8);
  frameAround(frame, scene, node, x, y);
}

function paintTitle(
  frame: GraphFrame,
  name: string,
  size: number,
  node: GraphNode,
  x: number,
  y: number,
): void {
  const { ctx, palette, text } = frame;
  ctx.font = FONT(palette.font);
  const count = `×${size.toLocaleString("en")}`;
  const room = text.width(ctx, count);
  ctx.fillStyle = palette.text;
  ctx.fillText(text.fit(ctx, name, node.width - room - 36), x + 12, y);
  ctx.fillStyle = palette.muted;
  ctx.fillText(count, x + node.width - room - 12, y);
}

function paintShare(
  { ctx, palette }: GraphFrame,
  counts: Int32Array,
  all: number,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  let at = x;
  for (let look = LOOKS.length - 1; look >= 0; look--) {
    const share = ((counts[look] as number) / all) * width;
    const paint = palette.looks[look];
    if (share === 0 || !paint) continue;
    const wide = Math.max(3, share);
    ctx.fillStyle = paint.strong;
    ctx.fillRect(at, y, Math.max(1, Math.min(wide, x + width - at) - 1), height);
    at += wide;
  }
}

function paintGrid(frame: GraphFrame, scene: Scene, node: GraphNode, x: number, y: number): void {
  const { ctx, palette, camera, width, height, text } = frame;
  const { model, match, selected, hovered, critical } = scene;
  const group = model.groups[node.group];
  if (!group) return;
  card(frame, node, x, y, palette.muted);
  if (camera.k > READABLE) paintTitle(frame, group.name, group.members.length, node, x, y + 16);
  const top = (-camera.y / camera.k - y - CELL.header) / (CELL.height + CELL.gap);
  const bottom = ((height - camera.y) / camera.k - y - CELL.header) / (CELL.height + CELL.gap);
  const first = Math.max(0, Math.floor(top)) * node.columns;
  const beyond = Math.min(group.members.length, Math.ceil(Math.max(0, bottom) + 1) * node.columns);
  ctx.font = FONT(palette.font);
  for (let place = first; place < beyond; place++) {
    const index = group.members[place] as number;
    const cell = cellBox(node, place);
    const left = x + cell.x;
    if (camera.x + left * camera.k > width || camera.x + (left + CELL.width) * camera.k < 0) continue;
    const look = model.look[index] as number;
    const paint = palette.looks[look];
    if (!paint) continue;
    ctx.globalAlpha = match && !match[index] ? 0.25 : 1;
    if (camera.k > READABLE) {
      paintBox(ctx, left, y + cell.y, CELL.width, CELL.height, paint.soft, paint.strong, paint.pattern);
      paintGlyph(ctx, look, left + 5, y + cell.y + 5, paint.strong);
      ctx.fillStyle = palette.text;
      ctx.fillText(
        text.fit(ctx, model.timeline.labels[index] ?? "", CELL.width - 28),
        left + 21,
        y + cell.y + 11.5,
      );
    } else {
      ctx.globalAlpha *= BLOCK;
      ctx.fillStyle = paint.strong;
      ctx.fillRect(left, y + cell.y, CELL.width, CELL.height);
      ctx.globalAlpha = 1;
    }
    const isChosen = selected?.kind === "task" && selected.index === index;
    const isUnder = hovered?.kind === "task" && hovered.index === index;
    if (isChosen || isUnder || critical?.has.has(index)) {
      ctx.strokeStyle = isChosen ? palette.focus : isUnder ? palette.text : palette.accent;
      ctx.lineWidth = 2 / Math.min(1, camera.k);
      ctx.strokeRect(left - 1, y + cell.y - 1, CELL.width + 2, CELL.height + 2);
    }
  }
  ctx.globalAlpha = 1;
  frameAround(frame, scene, node, x, y);
}
