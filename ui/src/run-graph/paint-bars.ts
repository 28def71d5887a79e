import { BIN_PX, Density } from "./density";
import type { Frame, Scene } from "./drawing";
import { glyphOf } from "./glyphs";
import { MIN_BAR_PX } from "./hit";
import { endOf, type Group, LOOKS } from "./model";
import type { Palette } from "./palette";
import { firstBeyond, type Rows } from "./rows";
import type { Viewport } from "./viewport";

const RADIUS = 3;
const DIMMED = 0.22;
const RETRY = LOOKS.indexOf("AWAITING_RETRY");
/** Bars that are narrower are blocks of colour: there is no room for a frame. */
const NARROW_PX = 12;
/** How strong blocks of colour are. */
export const BLOCK = 0.75;

/** Paints the bars of a row between `left` and the frame's right edge; answers whether one of them goes on. */
export function paintBars(
  { ctx, width, now, palette, text }: Frame,
  scene: Scene,
  rows: Rows,
  row: number,
  view: Viewport,
  left: number,
  y: number,
  height: number,
): boolean {
  const { model, match } = scene;
  const { start, msPerPx } = view;
  const beyond = start + (width - left) * msPerPx;
  const last = rows.end[row] as number;
  let grows = false;
  let paintedTo = Number.NEGATIVE_INFINITY;
  let paintedLook = -1;
  for (let at = firstBeyond(rows, row, model.until, start - MIN_BAR_PX * msPerPx); at < last; at++) {
    const index = rows.order[at] as number;
    const from = model.from[index] as number;
    if (from > beyond) break;
    const look = model.look[index] as number;
    const begun = model.begun[index] as number;
    const end = endOf(model, index, now);
    if (model.until[index] === Number.POSITIVE_INFINITY && end === now) grows = true;
    const paint = palette.looks[look];
    if (!paint) continue;
    const x = left + ((Number.isNaN(begun) ? end : begun) - start) / msPerPx;
    const right = Math.max(left + (end - start) / msPerPx, x + MIN_BAR_PX);
    // What would cover the pixels of its neighbour is left out, unless it matters more.
    if (right <= paintedTo && look <= paintedLook) continue;
    ctx.globalAlpha = match && !match[index] ? DIMMED : 1;
    const asked = left + (from - start) / msPerPx;
    if (x - asked > 1) {
      ctx.fillStyle = look === RETRY ? palette.retry : palette.queue;
      ctx.fillRect(asked, y + height / 2 - 3, x - asked, 6);
      ctx.fillStyle = paint.strong;
      ctx.fillRect(asked, y + height / 2 - 4, 1, 8);
    }
    if (Number.isNaN(begun)) continue;
    const barWidth = right - x;
    if (barWidth < NARROW_PX) {
      ctx.globalAlpha *= BLOCK;
      ctx.fillStyle = paint.strong;
      ctx.fillRect(x, y + 1, Math.max(MIN_BAR_PX, barWidth - 0.5), height - 2);
    } else {
      paintBox(ctx, x, y, barWidth - 1, height, paint.soft, paint.strong, paint.pattern);
      const waits = model.waits.get(index);
      if (waits)
        paintWaits(ctx, palette, waits, end, (moment) => left + (moment - start) / msPerPx, y, height);
      if (barWidth > 18) {
        const inside = Math.max(x, left) + 5;
        paintGlyph(ctx, look, inside, y + (height - 12) / 2, paint.strong);
        const attempts = model.timeline.attempts[index] ?? 1;
        const label = model.timeline.labels[index] ?? "";
        const fitted = text.fit(ctx, attempts > 1 ? `${label} ×${attempts}` : label, right - inside - 22);
        if (fitted) {
          ctx.fillStyle = palette.text;
          ctx.fillText(fitted, inside + 16, y + height / 2 + 0.5);
        }
      }
    }
    paintedTo = right;
    paintedLook = look;
  }
  ctx.globalAlpha = 1;
  return grows;
}

/** The waits between attempts, as gaps in the bar. */
function paintWaits(
  ctx: CanvasRenderingContext2D,
  palette: Palette,
  waits: Float64Array,
  end: number,
  xOf: (moment: number) => number,
  y: number,
  height: number,
): void {
  for (let at = 0; at < waits.length; at += 2) {
    const from = xOf(waits[at] as number);
    const to = xOf(Math.min(waits[at + 1] as number, end));
    if (to - from < 1) continue;
    ctx.fillStyle = palette.surface;
    ctx.fillRect(from, y, to - from, height);
    ctx.fillStyle = palette.retry;
    ctx.fillRect(from, y + height / 2 - 3, to - from, 6);
  }
}

export function paintBox(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  stroke: string,
  pattern: CanvasPattern | null,
): void {
  ctx.beginPath();
  ctx.roundRect(x + 0.5, y + 0.5, width - 1, height - 1, Math.min(RADIUS, width / 2));
  ctx.fillStyle = fill;
  ctx.fill();
  if (pattern) {
    ctx.fillStyle = pattern;
    ctx.fill();
  }
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1;
  ctx.stroke();
}

export function paintGlyph(
  ctx: CanvasRenderingContext2D,
  look: number,
  x: number,
  y: number,
  color: string,
): void {
  ctx.translate(x, y);
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.6;
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  ctx.stroke(glyphOf(look));
  ctx.translate(-x, -y);
}

const density = new Density();
let base = new Float32Array(0);

/** Paints how many of a group were in work at once, stacked by state, worst on top. */
export function paintBand(
  { ctx, width, now, palette }: Frame,
  scene: Scene,
  group: Group,
  view: Viewport,
  left: number,
  y: number,
  height: number,
): void {
  density.measure(scene.model, group, view.start, view.msPerPx, width - left, now);
  const { bins, peak, counts } = density;
  if (peak === 0) return;
  const unit = (height - 2) / peak;
  if (base.length < bins) base = new Float32Array(bins);
  else base.fill(0);
  for (let look = 0; look < LOOKS.length; look++) {
    if (!group.counts[look] && look !== RETRY) continue;
    const paint = palette.looks[look];
    if (!paint) continue;
    ctx.beginPath();
    for (let bin = 0; bin < bins; bin++) {
      const count = counts[look * bins + bin] as number;
      if (count === 0) continue;
      const tall = Math.max(count * unit, 1);
      ctx.rect(left + bin * BIN_PX, y + height - (base[bin] as number) - tall, BIN_PX, tall);
      base[bin] = (base[bin] as number) + tall;
    }
    ctx.globalAlpha = BLOCK;
    ctx.fillStyle = paint.strong;
    ctx.fill();
    ctx.globalAlpha = 1;
    if (paint.pattern) {
      ctx.fillStyle = paint.pattern;
      ctx.fill();
    }
  }
}
