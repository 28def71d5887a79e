import { resolveColor } from "@/design/colors";
import { LOOKS, type Look } from "./model";

export type PatternKind = "none" | "slash" | "cross" | "dots" | "lines" | "backslash";

/** Colours tell states apart, patterns tell them apart without colours. */
export const LOOK_STYLES: Record<Look, { tone: string; pattern: PatternKind; type: string; name: string }> = {
  SCHEDULED: { tone: "scheduled", pattern: "none", type: "SCHEDULED", name: "Scheduled" },
  AWAITING_RETRY: { tone: "retry", pattern: "backslash", type: "SCHEDULED", name: "AwaitingRetry" },
  PENDING: { tone: "pending", pattern: "none", type: "PENDING", name: "Pending" },
  RUNNING: { tone: "running", pattern: "none", type: "RUNNING", name: "Running" },
  PAUSED: { tone: "paused", pattern: "lines", type: "PAUSED", name: "Paused" },
  CANCELLING: { tone: "cancelling", pattern: "lines", type: "CANCELLING", name: "Cancelling" },
  COMPLETED: { tone: "completed", pattern: "none", type: "COMPLETED", name: "Completed" },
  CACHED: { tone: "completed", pattern: "dots", type: "COMPLETED", name: "Cached" },
  CANCELLED: { tone: "cancelled", pattern: "lines", type: "CANCELLED", name: "Cancelled" },
  CRASHED: { tone: "crashed", pattern: "cross", type: "CRASHED", name: "Crashed" },
  FAILED: { tone: "failed", pattern: "slash", type: "FAILED", name: "Failed" },
};

export interface LookPaint {
  readonly strong: string;
  readonly soft: string;
  readonly pattern: CanvasPattern | null;
}

/** Every colour that the canvas needs, as the theme has it now. */
export interface Palette {
  readonly bg: string;
  readonly surface: string;
  readonly sunken: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly focus: string;
  readonly queue: CanvasPattern | string;
  readonly retry: CanvasPattern | string;
  readonly looks: readonly LookPaint[];
  readonly font: string;
}

export function readPalette(ctx: CanvasRenderingContext2D): Palette {
  const looks = LOOKS.map((look): LookPaint => {
    const { tone, pattern } = LOOK_STYLES[look];
    const strong = resolveColor(`--state-${tone}`);
    return { strong, soft: resolveColor(`--state-${tone}-soft`), pattern: patternOf(ctx, pattern, strong) };
  });
  const scheduled = resolveColor("--state-scheduled");
  const retry = resolveColor("--state-retry");
  return {
    bg: resolveColor("--bg"),
    surface: resolveColor("--surface"),
    sunken: resolveColor("--sunken"),
    line: resolveColor("--line"),
    text: resolveColor("--text"),
    muted: resolveColor("--muted"),
    accent: resolveColor("--accent"),
    focus: resolveColor("--focus"),
    queue: patternOf(ctx, "slash", scheduled) ?? scheduled,
    retry: patternOf(ctx, "backslash", retry) ?? retry,
    looks,
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** A tile of 8 × 8 pixels that repeats without a seam. */
function patternOf(ctx: CanvasRenderingContext2D, kind: PatternKind, color: string): CanvasPattern | null {
  if (kind === "none") return null;
  const tile = document.createElement("canvas");
  tile.width = 8;
  tile.height = 8;
  const pen = tile.getContext("2d");
  if (!pen) return null;
  pen.strokeStyle = color;
  pen.fillStyle = color;
  pen.globalAlpha = 0.45;
  pen.lineWidth = 1.5;
  const lines: Record<Exclude<PatternKind, "none" | "dots">, number[][]> = {
    slash: [
      [-2, 2, 2, -2],
      [-2, 10, 10, -2],
      [6, 10, 10, 6],
    ],
    backslash: [
      [-2, 6, 2, 10],
      [-2, -2, 10, 10],
      [6, -2, 10, 2],
    ],
    cross: [
      [-2, 10, 10, -2],
      [-2, -2, 10, 10],
    ],
    lines: [
      [0, 2, 8, 2],
      [0, 6, 8, 6],
    ],
  };
  pen.beginPath();
  if (kind === "dots") {
    for (const [x, y] of [
      [2, 2],
      [6, 6],
    ] as const) {
      pen.moveTo(x + 1, y);
      pen.arc(x, y, 1, 0, 7);
    }
    pen.fill();
  } else {
    for (const [x0, y0, x1, y1] of lines[kind] as [number, number, number, number][]) {
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
    }
    pen.stroke();
  }
  return ctx.createPattern(tile, "repeat");
}
