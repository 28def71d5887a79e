import { type LayoutInput, layoutGraph } from "./graph-layout";

// Runs beside the page, so that it can be used while a large graph is laid out.
self.onmessage = ({ data }: MessageEvent<{ id: number; input: LayoutInput }>) => {
  try {
    self.postMessage({ id: data.id, result: layoutGraph(data.input) });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error) });
  }
};
