import type { Drawing, Scene } from "./drawing";
import { listenForGestures } from "./gestures";
import type { Hit } from "./hit";
import { type Palette, readPalette } from "./palette";
import { TextFit } from "./text-fit";

export interface StageEvents {
  onHover: (hit: Hit) => void;
  onClick: (hit: Hit) => void;
  onOpen: (hit: Hit) => void;
  /** After every painting: what lies over the canvas has to follow. */
  onPaint: (drawing: Drawing) => void;
}

/** How often what grows is painted anew. */
const GROW_MS = 120;
const GROW_CALMLY_MS = 1000;

/** The canvas and when it is painted: after a change, and, while something grows in view, with time. */
export class Stage {
  private readonly canvas: HTMLCanvasElement;
  private readonly ctx: CanvasRenderingContext2D;
  private readonly events: StageEvents;
  private readonly text = new TextFit();
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly stops: (() => void)[] = [];
  private palette: Palette | null = null;
  private drawing: Drawing | null = null;
  private scene: Scene | null = null;
  private width = 0;
  private height = 0;
  private request = 0;
  private timer = 0;
  private clock: () => number = () => 0;
  /** Milliseconds that the last painting took. */
  cost = 0;

  constructor(canvas: HTMLCanvasElement, ctx: CanvasRenderingContext2D, events: StageEvents) {
    this.canvas = canvas;
    this.ctx = ctx;
    this.events = events;
    this.listen();
  }

  private listen(): void {
    const { canvas, stops } = this;
    const resize = new ResizeObserver(() => this.measure());
    resize.observe(canvas);
    stops.push(() => resize.disconnect());
    const theme = new MutationObserver(() => this.repaintInTheme());
    theme.observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["class", "data-theme", "style"],
    });
    stops.push(() => theme.disconnect());
    const on = (target: EventTarget, type: string, handle: (event: Event) => void) => {
      target.addEventListener(type, handle);
      stops.push(() => target.removeEventListener(type, handle));
    };
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.repaintInTheme());
    on(document, "visibilitychange", () => this.invalidate());
    on(canvas, "pointermove", (event) => this.hover(event as PointerEvent));
    on(canvas, "pointerleave", () => this.events.onHover(null));
    on(canvas, "click", (event) => this.events.onClick(this.hitOf(event as MouseEvent)));
    on(canvas, "dblclick", (event) => this.events.onOpen(this.hitOf(event as MouseEvent)));
    stops.push(
      listenForGestures(canvas, {
        onZoom: (x, y, factor) => this.change((drawing) => drawing.zoom(x, y, factor)),
        onPan: (dx, dy) => this.change((drawing) => drawing.pan(dx, dy)),
        wheelPans: (x, y) => this.drawing?.wheelPans(x, y) ?? false,
      }),
    );
  }

  /** What is shown from now on; `clock` says milliseconds after the run's origin. */
  show(drawing: Drawing, scene: Scene, clock: () => number): void {
    const isNew = drawing !== this.drawing;
    this.drawing = drawing;
    this.scene = scene;
    this.clock = clock;
    if (isNew && this.width > 0) drawing.resize(this.width, this.height);
    this.invalidate();
  }

  get now(): number {
    return this.clock();
  }

  get size(): { width: number; height: number } {
    return { width: this.width, height: this.height };
  }

  /** Changes what part is seen, and paints. */
  change(step: (drawing: Drawing, now: number) => void): void {
    if (!this.drawing) return;
    step(this.drawing, this.clock());
    this.invalidate();
  }

  invalidate(): void {
    if (this.request === 0) this.request = requestAnimationFrame(() => this.paint());
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.width = width;
    this.height = height;
    this.drawing?.resize(width, height);
    // At once: a canvas that got another size is empty until it is painted.
    cancelAnimationFrame(this.request);
    this.paint();
  }

  private repaintInTheme(): void {
    this.palette = null;
    this.text.clear();
    this.invalidate();
  }

  private paint(): void {
    this.request = 0;
    clearTimeout(this.timer);
    const { canvas, ctx, drawing, scene, width, height } = this;
    if (!drawing || !scene || width === 0 || document.hidden) return;
    const began = performance.now();
    const ratio = window.devicePixelRatio || 1;
    const [deviceWidth, deviceHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== deviceWidth || canvas.height !== deviceHeight) {
      canvas.width = deviceWidth;
      canvas.height = deviceHeight;
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.palette ??= readPalette(ctx);
    const { palette, text } = this;
    const grows = drawing.paint({ ctx, width, height, now: this.clock(), palette, text }, scene);
    this.cost = performance.now() - began;
    if (grows && scene.model.end === Number.POSITIVE_INFINITY) {
      this.timer = window.setTimeout(() => this.invalidate(), this.calm.matches ? GROW_CALMLY_MS : GROW_MS);
    }
    this.events.onPaint(drawing);
  }

  private hitOf(event: MouseEvent): Hit {
    if (!this.drawing || !this.scene) return null;
    return this.drawing.hit(event.offsetX, event.offsetY, this.scene, this.clock());
  }

  private hover(event: PointerEvent): void {
    const hit = event.buttons === 0 && event.pointerType !== "touch" ? this.hitOf(event) : null;
    this.canvas.style.cursor = event.buttons > 0 ? "grabbing" : hit ? "pointer" : "grab";
    this.events.onHover(hit);
  }

  close(): void {
    for (const stop of this.stops) stop();
    cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
  }
}
