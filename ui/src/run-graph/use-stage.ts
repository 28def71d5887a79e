import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { Drawing, Scene, Selection } from "./drawing";
import { GraphDrawing } from "./graph-drawing";
import type { Hit } from "./hit";
import { LayoutClient } from "./layout-client";
import type { Model } from "./model";
import { Stage, type StageEvents } from "./stage";
import { TimelineDrawing } from "./timeline-drawing";

export type Layout = "timeline" | "graph";

interface Options {
  canvas: RefObject<HTMLCanvasElement | null>;
  layout: Layout;
  model: Model;
  scene: Scene;
  chosen: ReadonlyMap<string, boolean>;
  clock: () => number;
  events: StageEvents;
}

export interface StageHandle {
  ready: boolean;
  error: string | null;
  change: (step: (drawing: Drawing, now: number) => void) => void;
  boxOf: (what: Selection) => ReturnType<Drawing["boxOf"]>;
  size: () => { width: number; height: number };
}

/** A canvas with one of the layouts on it, kept up to date. */
export function useStage({ canvas, layout, model, scene, chosen, clock, events }: Options): StageHandle {
  const stage = useRef<Stage | null>(null);
  const drawings = useRef<{ timeline?: TimelineDrawing; graph?: GraphDrawing }>({});
  const layouts = useRef<LayoutClient | null>(null);
  const latest = useRef(events);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    latest.current = events;
  });

  useEffect(() => {
    if (!canvas.current) return;
    const ctx = canvas.current.getContext("2d", { alpha: false });
    if (!ctx) {
      setError("This browser cannot paint on a canvas. The list shows the same.");
      return;
    }
    const made = new Stage(canvas.current, ctx, {
      onHover: (hit: Hit) => latest.current.onHover(hit),
      onClick: (hit: Hit) => latest.current.onClick(hit),
      onOpen: (hit: Hit) => latest.current.onOpen(hit),
      onPaint: (drawing) => {
        setReady(drawing.isReady);
        latest.current.onPaint(drawing);
      },
    });
    stage.current = made;
    return () => {
      made.close();
      stage.current = null;
      layouts.current?.close();
      layouts.current = null;
      drawings.current = {};
    };
  }, [canvas]);

  useEffect(() => {
    const at = stage.current;
    if (!at) return;
    const kept = drawings.current;
    if (layout === "timeline") {
      kept.timeline ??= new TimelineDrawing(model, chosen);
      kept.timeline.update(model, chosen);
      at.show(kept.timeline, scene, clock);
      return;
    }
    kept.graph ??= new GraphDrawing(model, chosen);
    const drawing = kept.graph;
    const input = drawing.update(model, chosen);
    if (input) {
      layouts.current ??= new LayoutClient((result) => {
        drawings.current.graph?.setLayout(result);
        stage.current?.invalidate();
      }, setError);
      layouts.current.ask(input);
    }
    at.show(drawing, scene, clock);
  }, [layout, model, chosen, scene, clock]);

  const change = useCallback(
    (step: (drawing: Drawing, now: number) => void) => stage.current?.change(step),
    [],
  );
  const boxOf = useCallback(
    (what: Selection) => {
      const drawing = drawings.current[layout];
      return drawing && stage.current ? drawing.boxOf(what, stage.current.now) : null;
    },
    [layout],
  );
  const size = useCallback(() => stage.current?.size ?? { width: 0, height: 0 }, []);
  return { ready, error, change, boxOf, size };
}
