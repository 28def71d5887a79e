import { packLanes } from "./lanes";
import type { Model } from "./model";

/** One task run with a row of its own; a task's runs as a band of counts; one lane of a task's runs. */
export const SINGLE = 0;
export const BAND = 1;
export const LANE = 2;

export const ROW_HEIGHTS = [26, 40, 24] as const;
export const SECTION_GAP = 6;
/** Tasks with up to so many runs show each of them from the start. */
export const EXPANDED_UP_TO = 12;

/** What lies below what, as columns. Row `r` reaches from `top[r]` to `top[r + 1]`. */
export interface Rows {
  readonly count: number;
  readonly kind: Uint8Array;
  /** The group that the row belongs to. */
  readonly group: Int32Array;
  /** 1 for the first row of a group, which bears its name. */
  readonly first: Uint8Array;
  /** Where the row's task runs begin and end in `order`. */
  readonly begin: Int32Array;
  readonly end: Int32Array;
  readonly order: Int32Array;
  readonly top: Float64Array;
  readonly height: number;
  /** The row of each task run. */
  readonly rowOf: Int32Array;
}

/** Which groups show each of their task runs: what people chose, else the small ones. */
export function isExpanded(model: Model, group: number, chosen: ReadonlyMap<string, boolean>): boolean {
  const found = model.groups[group];
  if (!found) return false;
  return chosen.get(found.name) ?? found.members.length <= EXPANDED_UP_TO;
}

export function buildRows(model: Model, chosen: ReadonlyMap<string, boolean>): Rows {
  const kind: number[] = [];
  const group: number[] = [];
  const first: number[] = [];
  const begin: number[] = [];
  const end: number[] = [];
  const order = new Int32Array(model.size);
  let filled = 0;
  const add = (what: number, of: number, members: Int32Array, isFirst: boolean) => {
    kind.push(what);
    group.push(of);
    first.push(isFirst ? 1 : 0);
    begin.push(filled);
    order.set(members, filled);
    filled += members.length;
    end.push(filled);
  };
  model.groups.forEach(({ members }, g) => {
    if (members.length === 1) add(SINGLE, g, members, true);
    else if (!isExpanded(model, g, chosen)) add(BAND, g, members, true);
    else {
      const lanes = packLanes(members, model.from, model.until);
      for (let lane = 0; lane + 1 < lanes.starts.length; lane++) {
        add(LANE, g, lanes.order.subarray(lanes.starts[lane], lanes.starts[lane + 1]), lane === 0);
      }
    }
  });
  const top = new Float64Array(kind.length + 1);
  const rowOf = new Int32Array(model.size);
  kind.forEach((what, r) => {
    const closes = group[r + 1] !== group[r];
    const wide = what !== SINGLE || kind[r + 1] !== SINGLE;
    top[r + 1] = (top[r] as number) + (ROW_HEIGHTS[what] as number) + (closes && wide ? SECTION_GAP : 0);
    for (let at = begin[r] as number; at < (end[r] as number); at++) rowOf[order[at] as number] = r;
  });
  return {
    count: kind.length,
    kind: Uint8Array.from(kind),
    group: Int32Array.from(group),
    first: Uint8Array.from(first),
    begin: Int32Array.from(begin),
    end: Int32Array.from(end),
    order,
    top,
    height: top[kind.length] as number,
    rowOf,
  };
}

/** The row at a height; the nearest where it is above or below all. */
export function rowAt(rows: Rows, y: number): number {
  let low = 0;
  let high = rows.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows.top[middle] as number) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The place in `order` of the first task run of a lane that may reach beyond a moment.
 * In a lane nothing overlaps, so that who begins later also ends later.
 */
export function firstBeyond(rows: Rows, row: number, until: Float64Array, moment: number): number {
  let low = rows.begin[row] as number;
  let high = rows.end[row] as number;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((until[rows.order[middle] as number] as number) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
