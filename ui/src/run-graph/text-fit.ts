const LIMIT = 20_000;

/** Shortens texts to a width. Each text is measured once. */
export class TextFit {
  private widths = new Map<string, number>();

  width(ctx: CanvasRenderingContext2D, text: string): number {
    const known = this.widths.get(text);
    if (known !== undefined) return known;
    if (this.widths.size > LIMIT) this.widths.clear();
    const measured = ctx.measureText(text).width;
    this.widths.set(text, measured);
    return measured;
  }

  /** The text, its beginning with "…", or "" where not even that has room. */
  fit(ctx: CanvasRenderingContext2D, text: string, room: number): string {
    const width = this.width(ctx, text);
    if (width <= room) return text;
    const letters = Math.floor((room / width) * text.length - 1.2);
    return letters < 2 ? "" : `${text.slice(0, letters).trimEnd()}…`;
  }

  clear(): void {
    this.widths.clear();
  }
}
