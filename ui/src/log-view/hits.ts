/** The first hit at or after a place; wraps to the first of all. -1 where there is none. */
export function hitFrom(positions: readonly number[], place: number): number {
  if (positions.length === 0) return -1;
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] as number) < place) low = middle + 1;
    else high = middle;
  }
  return low % positions.length;
}

/** The hit so many steps further, around the ends. */
export function hitStep(size: number, at: number, by: number): number {
  return size === 0 ? -1 : (((at + by) % size) + size) % size;
}

/** Where marks on a bar of some pixels are, each once, at least 2 pixels apart: a path for SVG. */
export function marksPath(
  positions: readonly number[],
  total: number,
  height: number,
  width: number,
): string {
  let path = "";
  let last = -10;
  for (const place of positions) {
    const y = Math.round((place / Math.max(1, total - 1)) * (height - 2)) + 1;
    if (y - last < 2) continue;
    last = y;
    path += `M0 ${y}h${width}`;
  }
  return path;
}
