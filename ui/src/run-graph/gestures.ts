import { select } from "d3-selection";
import { type D3ZoomEvent, zoom, zoomIdentity } from "d3-zoom";

export interface Gestures {
  onZoom: (x: number, y: number, factor: number) => void;
  onPan: (dx: number, dy: number) => void;
  wheelPans: (x: number, y: number) => boolean;
}

/** Drag, wheel, pinch: told as steps, so that a layout may do with each axis what suits it. Returns how to stop. */
export function listenForGestures(
  canvas: HTMLCanvasElement,
  { onZoom, onPan, wheelPans }: Gestures,
): () => void {
  let before = zoomIdentity;
  const pansByWheel = (event: WheelEvent) =>
    event.shiftKey ||
    Math.abs(event.deltaX) > Math.abs(event.deltaY) ||
    (!event.ctrlKey && wheelPans(event.offsetX, event.offsetY));
  const behaviour = zoom<HTMLCanvasElement, unknown>()
    .clickDistance(4)
    .filter((event: Event) => {
      if (event instanceof WheelEvent) return !pansByWheel(event);
      return !(event instanceof MouseEvent) || (event.button === 0 && !event.ctrlKey);
    })
    .on("zoom", ({ transform }: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
      const factor = transform.k / before.k;
      if (Math.abs(factor - 1) > 1e-9) {
        // The point that stays where it is.
        const x = (transform.x - factor * before.x) / (1 - factor);
        const y = (transform.y - factor * before.y) / (1 - factor);
        onZoom(x, y, factor);
      } else onPan(transform.x - before.x, transform.y - before.y);
      before = transform;
    })
    .on("end", () => {
      // Each gesture begins anew; what is seen is kept by the layout.
      before = zoomIdentity;
      (canvas as unknown as { __zoom: typeof zoomIdentity }).__zoom = zoomIdentity;
    });
  const selection = select(canvas).call(behaviour).on("dblclick.zoom", null);
  const wheel = (event: WheelEvent) => {
    if (!pansByWheel(event)) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? 400 : 1;
    const sideways = event.shiftKey && event.deltaX === 0;
    onPan(-(sideways ? event.deltaY : event.deltaX) * unit, -(sideways ? 0 : event.deltaY) * unit);
  };
  canvas.addEventListener("wheel", wheel, { passive: false });
  return () => {
    selection.on(".zoom", null);
    canvas.removeEventListener("wheel", wheel);
  };
}
