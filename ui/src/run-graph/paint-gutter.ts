import type { Scene } from "./drawing";
import { LOOKS } from "./model";
import { paintGlyph } from "./paint-bars";
import { BAND, SINGLE } from "./rows";
import { FONT, lookColor, rowBox, type TimelineFrame, visibleRows } from "./timeline-frame";
import { AXIS_HEIGHT } from "./viewport";

/** Paints the column with the names of tasks. */
export function paintGutter(frame: TimelineFrame, scene: Scene): void {
  const { ctx, height, palette, rows, view, gutter, text } = frame;
  const { model } = scene;
  ctx.fillStyle = palette.surface;
  ctx.fillRect(0, AXIS_HEIGHT, gutter, height - AXIS_HEIGHT);
  ctx.fillStyle = palette.line;
  ctx.fillRect(gutter - 1, 0, 1, height);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, AXIS_HEIGHT, gutter - 1, height - AXIS_HEIGHT);
  ctx.clip();
  ctx.font = FONT(palette.font);
  for (const row of visibleRows(frame)) {
    const g = rows.group[row] as number;
    const group = model.groups[g];
    if (!group || !rows.first[row]) continue;
    const [y, tall] = rowBox(rows, view, row);
    const isSelected = scene.selected?.kind === "group" && scene.selected.group === g;
    if (isSelected || (scene.hovered?.kind === "group" && scene.hovered.group === g)) {
      ctx.fillStyle = palette.sunken;
      ctx.fillRect(0, y - 2, gutter - 1, tall + 4);
      if (isSelected) {
        ctx.fillStyle = palette.focus;
        ctx.fillRect(0, y - 2, 3, tall + 4);
      }
    }
    if (rows.kind[row] === SINGLE) {
      const index = rows.order[rows.begin[row] as number] as number;
      paintGlyph(
        ctx,
        model.look[index] as number,
        10,
        y + (tall - 12) / 2,
        lookColor(frame, model.look[index]),
      );
      ctx.fillStyle = palette.text;
      ctx.fillText(text.fit(ctx, model.timeline.labels[index] ?? "", gutter - 36), 28, y + tall / 2 + 0.5);
      continue;
    }
    const middle = rows.kind[row] === BAND ? y + tall / 2 - 7 : y + tall / 2;
    paintChevron(ctx, 10, middle - 6, frame.expanded(g), palette.muted);
    const count = `×${group.members.length.toLocaleString("en")}`;
    const room = text.width(ctx, count);
    ctx.fillStyle = palette.muted;
    ctx.fillText(count, gutter - room - 9, middle + 0.5);
    ctx.fillStyle = palette.text;
    ctx.fillText(text.fit(ctx, group.name, gutter - room - 46), 28, middle + 0.5);
    if (rows.kind[row] === BAND) paintCounts(frame, group.counts, group.members.length, 28, y + tall - 8);
  }
  ctx.restore();
}

/** A thin bar of how many are in which state. */
function paintCounts(frame: TimelineFrame, counts: Int32Array, all: number, x: number, y: number): void {
  const room = frame.gutter - x - 10;
  let at = x;
  for (let look = LOOKS.length - 1; look >= 0; look--) {
    const share = ((counts[look] as number) / all) * room;
    if (share === 0) continue;
    const wide = Math.max(2, share);
    frame.ctx.fillStyle = lookColor(frame, look);
    frame.ctx.fillRect(at, y, wide - 0.5, 4);
    at += wide;
  }
}

function paintChevron(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  open: boolean,
  color: string,
): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  if (open) {
    ctx.moveTo(x + 2, y + 4);
    ctx.lineTo(x + 6, y + 8);
    ctx.lineTo(x + 10, y + 4);
  } else {
    ctx.moveTo(x + 4, y + 2);
    ctx.lineTo(x + 8, y + 6);
    ctx.lineTo(x + 4, y + 10);
  }
  ctx.stroke();
}
