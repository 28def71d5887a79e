// Where in a JSON text a path leads, for marks in the editor.
import type { Path } from "./parts";

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The place of the value at a path, or of the innermost one around it that is there. Undefined for broken text. */
export function locate(text: string, path: Path): Span | undefined {
  try {
    return new Walker(text).find(path);
  } catch {
    return undefined;
  }
}

class Walker {
  #at = 0;
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  find(path: Path): Span {
    this.#blank();
    const span = { from: this.#at, to: this.#at };
    const [step, ...rest] = path;
    const open = this.#text[this.#at];
    if (step !== undefined && (open === "{" || open === "[")) {
      const found = open === "{" ? this.#inMap(String(step), rest) : this.#inList(Number(step), rest);
      if (found) return found;
      return { from: span.from, to: span.from + 1 };
    }
    this.#skip();
    return { from: span.from, to: this.#at };
  }

  #inMap(key: string, rest: Path): Span | undefined {
    this.#at += 1;
    for (;;) {
      this.#blank();
      if (this.#text[this.#at] !== '"') return undefined;
      const start = this.#at;
      this.#skip();
      const found = JSON.parse(this.#text.slice(start, this.#at)) as string;
      const keySpan = { from: start, to: this.#at };
      this.#blank();
      this.#at += 1;
      if (found === key) {
        const inner = this.find(rest);
        // What is missing further in is told at the key.
        return rest.length && inner.to - inner.from <= 1 ? keySpan : inner;
      }
      this.#skip();
      this.#blank();
      if (this.#text[this.#at] !== ",") return undefined;
      this.#at += 1;
    }
  }

  #inList(index: number, rest: Path): Span | undefined {
    this.#at += 1;
    for (let place = 0; ; place += 1) {
      this.#blank();
      if (this.#text[this.#at] === "]" || this.#at >= this.#text.length) return undefined;
      if (place === index) return this.find(rest);
      this.#skip();
      this.#blank();
      if (this.#text[this.#at] !== ",") return undefined;
      this.#at += 1;
    }
  }

  #blank(): void {
    while (/\s/.test(this.#text[this.#at] ?? "x")) this.#at += 1;
  }

  /** Over one value. */
  #skip(): void {
    this.#blank();
    const first = this.#text[this.#at];
    if (first === '"') {
      this.#skipText();
      return;
    }
    if (first !== "{" && first !== "[") {
      while (/[^\s,:\]}]/.test(this.#text[this.#at] ?? ",")) this.#at += 1;
      return;
    }
    for (let depth = 0; this.#at < this.#text.length; ) {
      const next = this.#text[this.#at];
      if (next === '"') {
        this.#skipText();
        continue;
      }
      if (next === "{" || next === "[") depth += 1;
      if (next === "}" || next === "]") depth -= 1;
      this.#at += 1;
      if (depth === 0) return;
    }
  }

  #skipText(): void {
    this.#at += 1;
    while (this.#text[this.#at] !== '"' && this.#at < this.#text.length) {
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#at += 1;
  }
}
