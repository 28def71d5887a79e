/** No browser lets an element be higher than some 17 to 33 million pixels; this is safe in all. */
export const MAX_ELEMENT_PX = 8_000_000;

/**
 * Stands between the browser's scroll bar and the lines. While all lines fit in an element, one is the other.
 * Beyond, a long way of the bar is a share of the whole, and a short one, of the wheel or a key, is as many pixels
 * as it says, so that no line is jumped over.
 */
export class ScrollMap {
  private content = 0;
  private view = 0;
  /** What the scroll bar said last. */
  private bar = 0;
  /** What is at the upper edge, in pixels of the lines. */
  offset = 0;

  /** How high the element that scrolls has to be. */
  get barHeight(): number {
    return Math.min(this.content, MAX_ELEMENT_PX);
  }

  get isScaled(): boolean {
    return this.content > MAX_ELEMENT_PX;
  }

  get maxOffset(): number {
    return Math.max(0, this.content - this.view);
  }

  private get maxBar(): number {
    return Math.max(0, this.barHeight - this.view);
  }

  resize(content: number, view: number): void {
    this.content = content;
    this.view = view;
    this.offset = Math.min(this.offset, this.maxOffset);
  }

  /** The bar was moved; answers what is at the upper edge now. */
  scrolled(bar: number): number {
    const moved = bar - this.bar;
    this.bar = bar;
    if (!this.isScaled) this.offset = bar;
    else if (bar <= 0) this.offset = 0;
    else if (bar >= this.maxBar - 1) this.offset = this.maxOffset;
    else if (Math.abs(moved) <= this.view * 1.5) this.offset += moved;
    else this.offset = (bar / this.maxBar) * this.maxOffset;
    this.offset = Math.min(this.maxOffset, Math.max(0, this.offset));
    return this.offset;
  }

  /** Goes to a place; answers where the bar has to stand. */
  goTo(offset: number): number {
    this.offset = Math.min(this.maxOffset, Math.max(0, offset));
    this.bar = this.barAt(this.offset);
    return this.bar;
  }

  /** Where the bar ought to stand for what is seen; it may have drifted by short ways. */
  settled(): number {
    this.bar = this.barAt(this.offset);
    return this.bar;
  }

  private barAt(offset: number): number {
    if (!this.isScaled) return Math.min(offset, this.maxBar);
    return Math.round((offset / Math.max(1, this.maxOffset)) * this.maxBar);
  }

  /** Where, in the element, something at an offset is to be put so that it is seen at its place. */
  place(offset: number): number {
    return this.isScaled ? this.bar + (offset - this.offset) : offset;
  }
}
