import type { Drawing, Frame, Scene, Selection } from "./drawing";
import { type Hit, hitTimeline } from "./hit";
import { endOf, extentOf, type Model } from "./model";
import { barBox, paintTimeline } from "./paint-timeline";
import { buildRows, isExpanded, type Rows } from "./rows";
import { rowBox } from "./timeline-frame";
import { AXIS_HEIGHT, clampViewport, fitTo, panBy, type Viewport, zoomAround } from "./viewport";

/** Time from left to right, tasks from top to bottom. */
export class TimelineDrawing implements Drawing {
  readonly isReady = true;
  private model: Model;
  private chosen: ReadonlyMap<string, boolean>;
  rows: Rows;
  private view: Viewport = { start: 0, msPerPx: 1, scrollY: 0 };
  private width = 0;
  private height = 0;
  /** While nobody has moved it, the whole run stays in view although it grows. */
  private isFitted = true;
  private now = 0;

  constructor(model: Model, chosen: ReadonlyMap<string, boolean>) {
    this.model = model;
    this.chosen = chosen;
    this.rows = buildRows(model, chosen);
  }

  update(model: Model, chosen: ReadonlyMap<string, boolean>): void {
    if (model === this.model && chosen === this.chosen) return;
    this.model = model;
    this.chosen = chosen;
    this.rows = buildRows(model, chosen);
    this.clamp();
  }

  private get gutter(): number {
    return Math.round(Math.min(240, Math.max(104, this.width * 0.22)));
  }

  private get plotWidth(): number {
    return Math.max(1, this.width - this.gutter);
  }

  private clamp(): void {
    const overflow = this.rows.height + 12 - (this.height - AXIS_HEIGHT);
    this.view = clampViewport(this.view, extentOf(this.model, this.now), this.plotWidth, overflow);
  }

  resize(width: number, height: number): void {
    const before = this.plotWidth;
    this.width = width;
    this.height = height;
    if (this.isFitted) this.fit(this.now);
    else {
      this.view = { ...this.view, msPerPx: (this.view.msPerPx * before) / this.plotWidth };
      this.clamp();
    }
  }

  paint(frame: Frame, scene: Scene): boolean {
    this.now = frame.now;
    if (this.isFitted && this.model.end === Number.POSITIVE_INFINITY) this.fit(frame.now);
    const { rows, view, gutter } = this;
    const expanded = (group: number) => isExpanded(this.model, group, this.chosen);
    return paintTimeline({ ...frame, rows, view, gutter, expanded }, scene);
  }

  hit(x: number, y: number, scene: Scene, now: number): Hit {
    return hitTimeline(scene.model, this.rows, this.view, this.gutter, now, x, y);
  }

  zoom(x: number, _y: number, factor: number): void {
    this.isFitted = false;
    this.view = zoomAround(this.view, Math.max(0, x - this.gutter), factor);
    this.clamp();
  }

  pan(dx: number, dy: number): void {
    if (dx !== 0) this.isFitted = false;
    this.view = panBy(this.view, -dx, -dy);
    this.clamp();
  }

  wheelPans(x: number): boolean {
    return x < this.gutter;
  }

  fit(now: number): void {
    this.now = now;
    this.isFitted = true;
    const [from, to] = extentOf(this.model, now);
    this.view = fitTo(from, to, this.plotWidth, this.view.scrollY);
    this.clamp();
  }

  reveal(what: Selection, closely: boolean, now: number): void {
    this.now = now;
    const { from, to, row } = this.spanOf(what, now);
    if (closely) {
      this.isFitted = false;
      const room = Math.max((to - from) * 0.5, 1);
      this.view = fitTo(from - room, to + room, this.plotWidth, this.view.scrollY);
    } else if (what.kind === "task") {
      const seen = this.plotWidth * this.view.msPerPx;
      if (to < this.view.start || from > this.view.start + seen) {
        this.isFitted = false;
        this.view = { ...this.view, start: from - seen / 3 };
      }
    }
    const top = this.rows.top[row] as number;
    const bottom = this.rows.top[row + 1] as number;
    const room = this.height - AXIS_HEIGHT;
    let { scrollY } = this.view;
    if (top < scrollY) scrollY = top - 24;
    else if (bottom > scrollY + room) scrollY = bottom - room + 24;
    this.view = { ...this.view, scrollY };
    this.clamp();
  }

  private spanOf(what: Selection, now: number): { from: number; to: number; row: number } {
    const { model, rows } = this;
    if (what.kind === "task") {
      const { index } = what;
      return {
        from: model.from[index] as number,
        to: endOf(model, index, now),
        row: rows.rowOf[index] as number,
      };
    }
    const members = model.groups[what.group]?.members ?? new Int32Array(0);
    let to = Number.NEGATIVE_INFINITY;
    for (const index of members) to = Math.max(to, endOf(model, index, now));
    const first = members[0] ?? 0;
    return { from: model.from[first] as number, to, row: rows.group.indexOf(what.group) };
  }

  boxOf(what: Selection, now: number) {
    const { rows, view, gutter, width, height } = this;
    let box: { x: number; y: number; width: number; height: number };
    if (what.kind === "task") {
      box = barBox({ rows, view, gutter, now }, { model: this.model } as Scene, what.index);
    } else {
      const [y, tall] = rowBox(rows, view, rows.group.indexOf(what.group));
      box = { x: 0, y, width: gutter, height: tall };
    }
    if (box.y + box.height < AXIS_HEIGHT || box.y > height || box.x > width || box.x + box.width < 0)
      return null;
    const x = Math.max(0, box.x);
    return { ...box, x, width: Math.min(width, box.x + box.width) - x };
  }
}
