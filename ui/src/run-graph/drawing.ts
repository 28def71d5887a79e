import type { CriticalPath } from "./critical-path";
import type { Hit } from "./hit";
import type { Model } from "./model";
import type { Palette } from "./palette";
import type { TextFit } from "./text-fit";

/** A task run, or all runs of a task. */
export type Selection = Exclude<Hit, null>;

/** What is shown, whatever the layout. */
export interface Scene {
  readonly model: Model;
  readonly critical: CriticalPath | null;
  readonly selected: Selection | null;
  readonly hovered: Hit;
  /** 1 for what a filter leaves; null where there is none. */
  readonly match: Uint8Array | null;
}

/** One painting of the canvas, in CSS pixels. */
export interface Frame {
  readonly ctx: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly now: number;
  readonly palette: Palette;
  readonly text: TextFit;
}

/** One of the layouts: paints a scene and keeps what part of it is seen. */
export interface Drawing {
  /** Whether there is something to see yet. */
  readonly isReady: boolean;
  resize(width: number, height: number): void;
  /** Answers whether something in it grows with time. */
  paint(frame: Frame, scene: Scene): boolean;
  hit(x: number, y: number, scene: Scene, now: number): Hit;
  zoom(x: number, y: number, factor: number): void;
  pan(dx: number, dy: number): void;
  /** Whether the wheel pans here instead of zooming. */
  wheelPans(x: number, y: number): boolean;
  fit(now: number): void;
  /** Brings a task run or group into view; with `closely`, as large as it can be. */
  reveal(what: Selection, closely: boolean, now: number): void;
  /** Where something is on the canvas, for its tooltip; null where it is out of view. */
  boxOf(what: Selection, now: number): { x: number; y: number; width: number; height: number } | null;
}

export function isSame(a: Hit, b: Hit): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === "task") return b.kind === "task" && a.index === b.index;
  return b.kind === "group" && a.group === b.group;
}
