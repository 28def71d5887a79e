// Numbers about runs, from what is loaded of them.

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

export interface Outcomes {
  completed: number;
  /** Failed or crashed. */
  failed: number;
  /** All that ended but for those that were cancelled: somebody's wish is no failure. */
  judged: number;
}

/** How runs ended, from counts by type of state. */
export function outcomesOf(counts: Readonly<Record<string, number>>): Outcomes {
  const completed = counts.COMPLETED ?? 0;
  const failed = (counts.FAILED ?? 0) + (counts.CRASHED ?? 0);
  return { completed, failed, judged: completed + failed };
}

/** How many runs of each type the last slices have. */
export function lastCounts(
  series: readonly { state_type: string; counts: readonly number[] }[],
  slices: number,
): Record<string, number> {
  return Object.fromEntries(
    series.map(({ state_type, counts }) => [
      state_type,
      counts.slice(-slices).reduce((sum, each) => sum + each, 0),
    ]),
  );
}
