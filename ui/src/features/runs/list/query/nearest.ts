/** The word that was probably meant: one that begins so, or is at most two slips away. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word === "") return undefined;
  const begins = known.find((each) => each.startsWith(word) || (word.length > 2 && word.startsWith(each)));
  if (begins) return begins;
  const most = word.length < 4 ? 1 : 2;
  const [best] = known
    .map((each) => ({ each, slips: slips(word, each) }))
    .filter((found) => found.slips <= most)
    .sort((a, b) => a.slips - b.slips);
  return best?.each;
}

function slips(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
