import { resolveColor } from "../colors";
import { stateTone } from "../states";
import { type Series, scaleTop, totals } from "./model";

export interface Scene {
  series: readonly Series[];
  count: number;
  /** Slices under the pointer, or being chosen. */
  marked: readonly [number, number] | undefined;
  width: number;
  height: number;
}

const GAP = 0.16;
const LEAST = 1.5;

/** Bars of one slice each, stacked by state. */
export function paint(canvas: HTMLCanvasElement, { series, count, marked, width, height }: Scene): void {
  const ratio = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const step = width / count;
  const top = scaleTop(Math.max(...totals(series, count), 0));
  context.fillStyle = resolveColor("--line");
  for (const line of [0.5, height / 2, height - 0.5]) context.fillRect(0, Math.round(line) - 0.5, width, 1);
  if (marked) {
    context.fillStyle = resolveColor("--selected");
    context.fillRect(marked[0] * step, 0, (marked[1] - marked[0] + 1) * step, height);
  }
  const bar = Math.max(1, step * (1 - GAP));
  const feet = new Array<number>(count).fill(height);
  for (const { type, counts } of series) {
    context.fillStyle = resolveColor(type === "" ? "--accent" : `--state-${stateTone(type)}`);
    counts.slice(0, count).forEach((value, index) => {
      if (value === 0) return;
      // One run among thousands is still seen.
      const size = Math.max(LEAST, (value / top) * (height - 2));
      const foot = feet[index] ?? height;
      context.fillRect(index * step + (step - bar) / 2, foot - size, bar, size);
      feet[index] = foot - size;
    });
  }
}
