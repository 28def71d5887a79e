/** A binary heap of whole numbers, lowest key first. */
class Heap {
  private readonly items: number[] = [];
  private readonly key: (item: number) => number;
  constructor(key: (item: number) => number) {
    this.key = key;
  }
  get top(): number | undefined {
    return this.items[0];
  }
  push(item: number): void {
    const { items, key } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (key(items[up] as number) <= key(item)) break;
      items[at] = items[up] as number;
      at = up;
    }
    items[at] = item;
  }
  pop(): number {
    const { items, key } = this;
    const top = items[0] as number;
    const last = items.pop() as number;
    if (items.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && key(items[down + 1] as number) < key(items[down] as number)) down++;
      if (key(items[down] as number) >= key(last)) break;
      items[at] = items[down] as number;
      at = down;
    }
    items[at] = last;
    return top;
  }
}

export interface Lanes {
  /** Indexes of task runs, lane after lane, each lane by time. */
  readonly order: Int32Array;
  /** Where each lane begins in `order`; one more than there are lanes. */
  readonly starts: Int32Array;
}

/**
 * Puts intervals that are ordered by their beginning into as few lanes as overlap at any moment,
 * each into the highest lane that is free.
 */
export function packLanes(members: Int32Array, from: Float64Array, until: Float64Array): Lanes {
  const ends: number[] = [];
  const lane = new Int32Array(members.length);
  const sizes: number[] = [];
  const busy = new Heap((item) => ends[item] as number);
  const free = new Heap((item) => item);
  members.forEach((index, at) => {
    const begin = from[index] as number;
    while (busy.top !== undefined && (ends[busy.top] as number) <= begin) free.push(busy.pop());
    const chosen = free.top === undefined ? ends.length : free.pop();
    // What takes no time still takes its place: two instants at one moment lie in two lanes.
    ends[chosen] = Math.max(until[index] as number, begin + Number.EPSILON * Math.max(1, Math.abs(begin)));
    busy.push(chosen);
    lane[at] = chosen;
    sizes[chosen] = (sizes[chosen] ?? 0) + 1;
  });
  const starts = new Int32Array(sizes.length + 1);
  sizes.forEach((size, i) => {
    starts[i + 1] = (starts[i] as number) + size;
  });
  const fill = starts.slice();
  const order = new Int32Array(members.length);
  members.forEach((index, at) => {
    const mine = lane[at] as number;
    order[fill[mine] as number] = index;
    fill[mine] = (fill[mine] as number) + 1;
  });
  return { order, starts };
}
