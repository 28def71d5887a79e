/** The words of a search as the server reads it: `error -debug +required "a phrase"`. What is excluded is not marked. */
export function wordsOf(query: string): string[] {
  const found: string[] = [];
  for (const match of query.matchAll(/([-!+]?)"([^"]*)"|(\S+)/g)) {
    const [, sign = "", phrase, word = ""] = match;
    if (phrase !== undefined) {
      if (phrase && sign !== "-" && sign !== "!") found.push(phrase);
    } else if (!/^[-!]/.test(word)) {
      const bare = word.replace(/^\+/, "");
      if (bare) found.push(bare);
    }
  }
  return found;
}

/** A pattern that finds any of the words; null where there are none. */
export function patternOf(query: string): RegExp | null {
  const words = wordsOf(query).sort((a, b) => b.length - a.length);
  if (words.length === 0) return null;
  return new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
}

/** Pieces of a text; every second one is a match. */
export function splitBy(text: string, pattern: RegExp | null): string[] {
  return pattern ? text.split(pattern) : [text];
}
