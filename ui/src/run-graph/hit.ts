import { endOf, type Model } from "./model";
import { BAND, firstBeyond, type Rows, rowAt } from "./rows";
import { AXIS_HEIGHT, type Viewport } from "./viewport";

/** What is under the pointer. */
export type Hit =
  | { readonly kind: "task"; readonly index: number }
  | { readonly kind: "group"; readonly group: number; readonly onName: boolean }
  | null;

/** Bars are at least so wide, and may be missed by so much. */
export const MIN_BAR_PX = 2;
const REACH_PX = 4;

/** Finds what is at a place of the canvas. `gutter` is the width of the column with the names. */
export function hitTimeline(
  model: Model,
  rows: Rows,
  view: Viewport,
  gutter: number,
  now: number,
  x: number,
  y: number,
): Hit {
  const down = y - AXIS_HEIGHT + view.scrollY;
  if (y < AXIS_HEIGHT || down < 0 || down >= rows.height || rows.count === 0) return null;
  const row = rowAt(rows, down);
  const group = rows.group[row] as number;
  const isSingle = model.groups[group]?.members.length === 1;
  if (x < gutter) {
    if (isSingle) return { kind: "task", index: rows.order[rows.begin[row] as number] as number };
    return rows.first[row] ? { kind: "group", group, onName: true } : null;
  }
  if (rows.kind[row] === BAND) return { kind: "group", group, onName: false };
  const index = barAt(model, rows, row, view, now, x - gutter);
  return index === undefined ? null : { kind: "task", index };
}

function barAt(
  model: Model,
  rows: Rows,
  row: number,
  view: Viewport,
  now: number,
  x: number,
): number | undefined {
  const moment = view.start + x * view.msPerPx;
  const reach = REACH_PX * view.msPerPx;
  let best: number | undefined;
  let nearest = Number.POSITIVE_INFINITY;
  const last = rows.end[row] as number;
  for (let at = firstBeyond(rows, row, model.until, moment - reach); at < last; at++) {
    const index = rows.order[at] as number;
    const from = model.from[index] as number;
    if (from > moment + reach) break;
    const end = Math.max(endOf(model, index, now), from + MIN_BAR_PX * view.msPerPx);
    const distance = moment < from ? from - moment : moment > end ? moment - end : 0;
    if (distance <= reach && distance < nearest) {
      nearest = distance;
      best = index;
    }
    if (distance === 0) break;
  }
  return best;
}
