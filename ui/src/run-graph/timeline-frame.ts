import type { Frame } from "./drawing";
import { BAND, ROW_HEIGHTS, type Rows, rowAt } from "./rows";
import { AXIS_HEIGHT, type Viewport } from "./viewport";

export const FONT = (family: string, size = 12, weight = 400) => `${weight} ${size}px ${family}`;

export interface TimelineFrame extends Frame {
  readonly rows: Rows;
  readonly view: Viewport;
  readonly gutter: number;
  readonly expanded: (group: number) => boolean;
}

/** Where a row's bar is on the canvas: its upper edge and height. */
export function rowBox(rows: Rows, view: Viewport, row: number): [number, number] {
  const tall = ROW_HEIGHTS[rows.kind[row] as number] as number;
  const top = AXIS_HEIGHT + (rows.top[row] as number) - view.scrollY;
  return rows.kind[row] === BAND ? [top + 4, tall - 6] : [top + 3, tall - 5];
}

/** The rows in view, top to bottom. */
export function* visibleRows({ rows, view, height }: TimelineFrame): Generator<number> {
  if (rows.count === 0) return;
  const below = view.scrollY + height - AXIS_HEIGHT;
  for (let row = rowAt(rows, view.scrollY); row < rows.count && (rows.top[row] as number) < below; row++)
    yield row;
}

/** The colour of a look, by its index. */
export const lookColor = ({ palette }: Frame, look: number | undefined) =>
  palette.looks[look ?? 0]?.strong ?? palette.muted;
