import type { Scene } from "./drawing";
import { endOf, LOOKS } from "./model";
import { paintBand, paintBars } from "./paint-bars";
import { paintGutter } from "./paint-gutter";
import { BAND } from "./rows";
import { FONT, lookColor, rowBox, type TimelineFrame, visibleRows } from "./timeline-frame";
import { AXIS_HEIGHT, elapsedText, tickStep } from "./viewport";

export function paintTimeline(frame: TimelineFrame, scene: Scene): boolean {
  const { ctx, width, height, palette, rows, gutter } = frame;
  ctx.fillStyle = palette.surface;
  ctx.fillRect(0, 0, width, height);
  ctx.textBaseline = "middle";
  paintGrid(frame);
  ctx.save();
  ctx.beginPath();
  ctx.rect(gutter, AXIS_HEIGHT, width - gutter, height - AXIS_HEIGHT);
  ctx.clip();
  ctx.font = FONT(palette.font);
  const grows = paintRows(frame, scene);
  if (scene.critical) paintCriticalPath(frame, scene);
  paintSelected(frame, scene);
  ctx.restore();
  paintGutter(frame, scene);
  paintAxis(frame, scene);
  if (rows.height > height - AXIS_HEIGHT) paintScrollbar(frame);
  return grows || scene.model.open > 0;
}

function paintGrid({ ctx, width, height, palette, view, gutter }: TimelineFrame): void {
  const step = tickStep(view.msPerPx);
  ctx.fillStyle = palette.line;
  for (let at = Math.ceil(view.start / step) * step; ; at += step) {
    const x = gutter + (at - view.start) / view.msPerPx;
    if (x > width) break;
    if (x >= gutter) ctx.fillRect(Math.round(x), AXIS_HEIGHT, 1, height - AXIS_HEIGHT);
  }
}

function paintRows(frame: TimelineFrame, scene: Scene): boolean {
  const { rows, view, gutter } = frame;
  let grows = false;
  for (const row of visibleRows(frame)) {
    const [y, tall] = rowBox(rows, view, row);
    const group = scene.model.groups[rows.group[row] as number];
    if (!group) continue;
    if (rows.kind[row] === BAND) paintBand(frame, scene, group, view, gutter, y, tall);
    else grows = paintBars(frame, scene, rows, row, view, gutter, y, tall) || grows;
  }
  return grows;
}

function paintAxis(frame: TimelineFrame, scene: Scene): void {
  const { ctx, width, height, palette, view, gutter, now } = frame;
  ctx.fillStyle = palette.surface;
  ctx.fillRect(0, 0, width, AXIS_HEIGHT);
  ctx.fillStyle = palette.line;
  ctx.fillRect(0, AXIS_HEIGHT - 1, width, 1);
  ctx.fillRect(gutter - 1, 0, 1, AXIS_HEIGHT);
  ctx.font = FONT(palette.font, 11);
  ctx.fillStyle = palette.muted;
  ctx.fillText("Task", 10, AXIS_HEIGHT / 2);
  const step = tickStep(view.msPerPx);
  ctx.save();
  ctx.beginPath();
  ctx.rect(gutter, 0, width - gutter, height);
  ctx.clip();
  for (let at = Math.ceil(view.start / step) * step; ; at += step) {
    const x = gutter + (at - view.start) / view.msPerPx;
    if (x > width) break;
    ctx.fillText(elapsedText(at, step), x + 5, AXIS_HEIGHT / 2);
    ctx.fillRect(Math.round(x), AXIS_HEIGHT - 6, 1, 6);
  }
  if (scene.model.end === Number.POSITIVE_INFINITY) {
    const x = Math.round(gutter + (now - view.start) / view.msPerPx);
    ctx.fillStyle = lookColor(frame, LOOKS.indexOf("RUNNING"));
    ctx.fillRect(x, AXIS_HEIGHT - 8, 1.5, height);
  }
  ctx.restore();
}

function paintScrollbar({ ctx, width, height, palette, rows, view }: TimelineFrame): void {
  const room = height - AXIS_HEIGHT - 8;
  const tall = Math.max(24, (room * room) / rows.height);
  const y = AXIS_HEIGHT + 4 + ((room - tall) * view.scrollY) / Math.max(1, rows.height - room - 8);
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = palette.muted;
  ctx.beginPath();
  ctx.roundRect(width - 8, y, 5, tall, 2.5);
  ctx.fill();
  ctx.globalAlpha = 1;
}

function paintCriticalPath(frame: TimelineFrame, scene: Scene): void {
  const { ctx, height, palette, rows, view, gutter, now } = frame;
  const { model, critical } = scene;
  if (!critical) return;
  ctx.strokeStyle = palette.accent;
  ctx.lineWidth = 2;
  ctx.beginPath();
  let before = null as { x: number; y: number; row: number } | null;
  for (const index of critical.path) {
    const row = rows.rowOf[index] as number;
    const [top, tall] = rowBox(rows, view, row);
    const begun = model.begun[index] as number;
    const from = Number.isNaN(begun) ? (model.from[index] as number) : begun;
    const x = gutter + (from - view.start) / view.msPerPx;
    const right = gutter + (endOf(model, index, now) - view.start) / view.msPerPx;
    const y = top + tall + 1;
    const isSeen = before !== null && Math.max(y, before.y) > 0 && Math.min(y, before.y) < height;
    if (before !== null && isSeen && (row !== before.row || x - before.x > 1.5)) {
      ctx.moveTo(before.x, before.y);
      ctx.lineTo(before.x, y);
      ctx.lineTo(x, y);
    }
    if (y > 0 && top < height) {
      ctx.moveTo(x, y);
      ctx.lineTo(Math.max(right, x + 2), y);
    }
    before = { x: Math.max(right, x + 2), y, row };
  }
  ctx.stroke();
}

function paintSelected(frame: TimelineFrame, scene: Scene): void {
  const { ctx, palette } = frame;
  const { selected, hovered } = scene;
  if (selected?.kind === "task") {
    for (const parent of scene.model.timeline.parents[selected.index] ?? [])
      paintDependency(frame, scene, parent, selected.index);
    outline(frame, scene, selected.index, palette.focus, 2.5);
  }
  if (hovered?.kind === "task" && !(selected?.kind === "task" && selected.index === hovered.index)) {
    outline(frame, scene, hovered.index, palette.text, 1.5);
  }
  ctx.setLineDash([]);
}

/** Where a task run's bar is, from its beginning in the queue. */
export function barBox(
  frame: Pick<TimelineFrame, "rows" | "view" | "gutter" | "now">,
  scene: Scene,
  index: number,
) {
  const { rows, view, gutter, now } = frame;
  const [y, height] = rowBox(rows, view, rows.rowOf[index] as number);
  const x = gutter + ((scene.model.from[index] as number) - view.start) / view.msPerPx;
  const right = gutter + (endOf(scene.model, index, now) - view.start) / view.msPerPx;
  return { x, y, width: Math.max(3, right - x), height };
}

function outline(frame: TimelineFrame, scene: Scene, index: number, color: string, width: number): void {
  const box = barBox(frame, scene, index);
  frame.ctx.strokeStyle = color;
  frame.ctx.lineWidth = width;
  frame.ctx.beginPath();
  frame.ctx.roundRect(box.x - 1.5, box.y - 1, box.width + 2.5, box.height + 2, 4);
  frame.ctx.stroke();
}

function paintDependency(frame: TimelineFrame, scene: Scene, parent: number, index: number): void {
  if (parent < 0 || parent >= scene.model.size) return;
  const a = barBox(frame, scene, parent);
  const b = barBox(frame, scene, index);
  const { ctx, palette } = frame;
  ctx.strokeStyle = palette.muted;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  const bend = Math.max(16, (b.x - a.x - a.width) / 2);
  ctx.moveTo(a.x + a.width, a.y + a.height / 2);
  ctx.bezierCurveTo(
    a.x + a.width + bend,
    a.y + a.height / 2,
    b.x - bend,
    b.y + b.height / 2,
    b.x,
    b.y + b.height / 2,
  );
  ctx.stroke();
}
