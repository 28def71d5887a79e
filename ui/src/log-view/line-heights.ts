const PAGE = 256;

/** Heights of a million lines of which only a few were ever seen: all others are as high as one line. */
export class LineHeights {
  readonly base: number;
  private total = 0;
  /** What lines are higher than the base, by pages of lines; only pages in which some are. */
  private readonly extras = new Map<number, Float32Array>();
  /** A Fenwick tree over the sums of pages. */
  private tree = new Float64Array(1);

  constructor(base: number) {
    this.base = base;
  }

  get count(): number {
    return this.total;
  }

  get height(): number {
    return this.total * this.base + this.sumBefore(Math.ceil(this.total / PAGE));
  }

  resize(total: number): void {
    if (total === this.total) return;
    const pages = Math.ceil(total / PAGE);
    const isLess = total < this.total;
    this.total = total;
    if (isLess)
      for (const page of [...this.extras.keys()]) if ((page + 1) * PAGE > total) this.extras.delete(page);
    if (isLess || pages >= this.tree.length) this.rebuild(Math.max(pages, this.tree.length * 2));
  }

  private rebuild(pages: number): void {
    this.tree = new Float64Array(pages + 1);
    for (const [page, extra] of this.extras) this.add(page, sum(extra));
  }

  /** Remembers a line's height; answers by how much it changed. */
  set(index: number, height: number): number {
    const page = Math.floor(index / PAGE);
    let extra = this.extras.get(page);
    const next = height - this.base;
    const before = extra?.[index % PAGE] ?? 0;
    if (Math.abs(next - before) < 0.01) return 0;
    if (!extra) {
      extra = new Float32Array(PAGE);
      this.extras.set(page, extra);
    }
    extra[index % PAGE] = next;
    this.add(page, (extra[index % PAGE] as number) - before);
    return next - before;
  }

  get(index: number): number {
    return this.base + (this.extras.get(Math.floor(index / PAGE))?.[index % PAGE] ?? 0);
  }

  /** All lines are one line high again. */
  clear(): void {
    this.extras.clear();
    this.tree.fill(0);
  }

  private add(page: number, by: number): void {
    for (let at = page + 1; at < this.tree.length; at += at & -at)
      this.tree[at] = (this.tree[at] as number) + by;
  }

  private sumBefore(page: number): number {
    let found = 0;
    for (let at = Math.min(page, this.tree.length - 1); at > 0; at -= at & -at)
      found += this.tree[at] as number;
    return found;
  }

  /** Where a line begins. */
  offsetOf(index: number): number {
    const at = Math.min(Math.max(0, index), this.total);
    const page = Math.floor(at / PAGE);
    let found = at * this.base + this.sumBefore(page);
    const extra = this.extras.get(page);
    if (extra) for (let line = 0; line < at % PAGE; line++) found += extra[line] as number;
    return found;
  }

  /** The line at a height. */
  indexAt(offset: number): number {
    let low = 0;
    let high = Math.max(0, this.total - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offsetOf(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function sum(values: Float32Array): number {
  let found = 0;
  for (const value of values) found += value;
  return found;
}
