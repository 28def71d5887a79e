// How the text of a filter falls into words: at white space, but not inside "…", where \" is a quotation mark.

export interface Word {
  text: string;
  start: number;
  end: number;
}

export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let start = -1;
  let quoted = false;
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at] ?? " ";
    if (quoted) {
      if (char === "\\") at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') {
      quoted = true;
      if (start < 0) start = at;
    } else if (/\s/.test(char)) {
      if (start >= 0) words.push({ text: text.slice(start, at), start, end: at });
      start = -1;
    } else if (start < 0) start = at;
  }
  if (start >= 0 && quoted) words.push({ text: text.slice(start), start, end: text.length });
  return words;
}

/** The parts between separators that are not inside quotation marks, as they are written. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (quoted && text[at] === "\\") at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/** Without quotation marks; nothing where one is not closed. */
export function unquoted(text: string): string | undefined {
  let found = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quoted && char === "\\" && at + 1 < text.length) {
      at += 1;
      found += text[at];
    } else if (char === '"') quoted = !quoted;
    else found += char;
  }
  return quoted ? undefined : found;
}
