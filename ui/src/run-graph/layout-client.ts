import type { LayoutInput, LayoutResult } from "./graph-layout";

type Answer = { id: number; result?: LayoutResult; error?: string };

/** Asks the worker for layouts; a question that is asked before the last was answered replaces it. */
export class LayoutClient {
  private worker: Worker | undefined;
  private asked = 0;
  private readonly onLayout: (result: LayoutResult) => void;
  private readonly onError: (reason: string) => void;

  constructor(onLayout: (result: LayoutResult) => void, onError: (reason: string) => void) {
    this.onLayout = onLayout;
    this.onError = onError;
  }

  ask(input: LayoutInput): void {
    this.asked += 1;
    this.worker ??= this.start();
    this.worker.postMessage({ id: this.asked, input });
  }

  private start(): Worker {
    const worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.id !== this.asked) return;
      if (data.result) this.onLayout(data.result);
      else this.onError(data.error ?? "The graph could not be laid out.");
    };
    worker.onerror = () => this.onError("The worker that lays out the graph could not be started.");
    return worker;
  }

  close(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }
}
