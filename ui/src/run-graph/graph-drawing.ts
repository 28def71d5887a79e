import type { Drawing, Frame, Scene, Selection } from "./drawing";
import { buildGraph, CELL, cellAt, cellBox, type Graph } from "./graph";
import type { LayoutInput, LayoutResult } from "./graph-layout";
import type { Hit } from "./hit";
import type { Model } from "./model";
import type { Camera } from "./paint-edges";
import { paintGraph } from "./paint-graph";

const MIN_ZOOM = 0.02;
const MAX_ZOOM = 3;
/** Fitting never makes it larger than this: two nodes need not fill a screen. */
const MAX_FIT = 1.15;
const MARGIN = 28;

/** What depends on what, from left to right. */
export class GraphDrawing implements Drawing {
  private graph: Graph;
  private layout: LayoutResult | null = null;
  private laidOut: Graph | null = null;
  private camera: Camera = { x: 0, y: 0, k: 1 };
  private width = 0;
  private height = 0;
  private isFitted = true;
  private model: Model;
  private shape = "";

  constructor(model: Model, chosen: ReadonlyMap<string, boolean>) {
    this.model = model;
    this.graph = buildGraph(model, chosen);
  }

  /** What has to be laid out now; null where the shape is what it was. */
  update(model: Model, chosen: ReadonlyMap<string, boolean>): LayoutInput | null {
    this.model = model;
    const graph = buildGraph(model, chosen);
    const shape = `${graph.nodes.map(({ kind, width, height }) => `${kind[0]}${width}x${height}`).join()}|${graph.edges.join()}`;
    this.graph = graph;
    if (shape === this.shape) {
      this.laidOut = this.layout ? graph : null;
      return null;
    }
    this.shape = shape;
    return {
      widths: Float64Array.from(graph.nodes, (node) => node.width),
      heights: Float64Array.from(graph.nodes, (node) => node.height),
      edges: graph.edges,
    };
  }

  setLayout(layout: LayoutResult): void {
    this.layout = layout;
    this.laidOut = this.graph;
    if (this.isFitted) this.fit();
  }

  get isReady(): boolean {
    return this.laidOut !== null;
  }

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    if (this.isFitted) this.fit();
  }

  paint(frame: Frame, scene: Scene): boolean {
    const { layout, laidOut: graph, camera } = this;
    if (layout && graph) return paintGraph({ ...frame, graph, layout, camera }, scene);
    frame.ctx.fillStyle = frame.palette.bg;
    frame.ctx.fillRect(0, 0, frame.width, frame.height);
    return false;
  }

  hit(x: number, y: number, scene: Scene): Hit {
    const { layout, laidOut: graph, camera } = this;
    if (!layout || !graph) return null;
    const gx = (x - camera.x) / camera.k;
    const gy = (y - camera.y) / camera.k;
    for (let at = graph.nodes.length - 1; at >= 0; at--) {
      const node = graph.nodes[at];
      if (!node) continue;
      const dx = gx - (layout.x[at] as number);
      const dy = gy - (layout.y[at] as number);
      if (dx < 0 || dy < 0 || dx > node.width || dy > node.height) continue;
      if (node.kind === "task") return { kind: "task", index: node.index };
      const members = scene.model.groups[node.group]?.members;
      const place = node.kind === "grid" && members ? cellAt(node, members.length, dx, dy) : undefined;
      if (place !== undefined && members) return { kind: "task", index: members[place] as number };
      return { kind: "group", group: node.group, onName: node.kind === "group" || dy < CELL.header };
    }
    return null;
  }

  zoom(x: number, y: number, factor: number): void {
    this.isFitted = false;
    const k = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, this.camera.k * factor));
    const ratio = k / this.camera.k;
    this.camera = { k, x: x - (x - this.camera.x) * ratio, y: y - (y - this.camera.y) * ratio };
  }

  pan(dx: number, dy: number): void {
    this.isFitted = false;
    const { layout } = this;
    const { k } = this.camera;
    const keep = 60;
    const within = (value: number, size: number, room: number) =>
      Math.min(room - keep, Math.max(keep - size * k, value));
    this.camera = {
      k,
      x: within(this.camera.x + dx, layout?.width ?? 0, this.width),
      y: within(this.camera.y + dy, layout?.height ?? 0, this.height),
    };
  }

  wheelPans(): boolean {
    return false;
  }

  fit(): void {
    this.isFitted = true;
    const { layout } = this;
    if (!layout || layout.width === 0) return;
    this.look({ x: 0, y: 0, width: layout.width, height: layout.height }, MAX_FIT);
  }

  private look(box: Box, largest: number): void {
    const k = Math.min(
      largest,
      (this.width - 2 * MARGIN) / Math.max(1, box.width),
      (this.height - 2 * MARGIN) / Math.max(1, box.height),
    );
    const zoom = Math.max(MIN_ZOOM, k);
    this.camera = {
      k: zoom,
      x: (this.width - box.width * zoom) / 2 - box.x * zoom,
      y: (this.height - box.height * zoom) / 2 - box.y * zoom,
    };
  }

  reveal(what: Selection, closely: boolean): void {
    const box = this.placeOf(what);
    if (!box) return;
    if (closely) {
      this.isFitted = false;
      this.look(box, 1.4);
      return;
    }
    const { camera, width, height } = this;
    const x = camera.x + box.x * camera.k;
    const y = camera.y + box.y * camera.k;
    const isSeen =
      x >= 0 && y >= 0 && x + box.width * camera.k <= width && y + box.height * camera.k <= height;
    if (isSeen) return;
    this.isFitted = false;
    this.camera = {
      ...camera,
      x: width / 2 - (box.x + box.width / 2) * camera.k,
      y: height / 2 - (box.y + box.height / 2) * camera.k,
    };
  }

  private placeOf(what: Selection): Box | null {
    const { layout, laidOut: graph, model } = this;
    if (!layout || !graph) return null;
    const at =
      what.kind === "task"
        ? (graph.nodeOf[what.index] ?? -1)
        : graph.nodes.findIndex(({ group, kind }) => group === what.group && kind !== "task");
    const node = graph.nodes[at];
    if (!node) return null;
    const box = {
      x: layout.x[at] as number,
      y: layout.y[at] as number,
      width: node.width,
      height: node.height,
    };
    if (what.kind !== "task" || node.kind !== "grid") return box;
    const place = model.groups[node.group]?.members.indexOf(what.index) ?? -1;
    const cell = cellBox(node, Math.max(0, place));
    return { x: box.x + cell.x, y: box.y + cell.y, width: CELL.width, height: CELL.height };
  }

  boxOf(what: Selection): Box | null {
    const box = this.placeOf(what);
    if (!box) return null;
    const { x, y, k } = this.camera;
    return { x: x + box.x * k, y: y + box.y * k, width: box.width * k, height: box.height * k };
  }
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
