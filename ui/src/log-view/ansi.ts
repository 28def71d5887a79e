/** How a stretch of text looks. Colours are CSS colours that both themes can bear. */
export interface Style {
  readonly color?: string;
  readonly background?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
}
export interface Span {
  readonly text: string;
  readonly style: Style | null;
}

// Red, green, yellow, blue, magenta, cyan as both themes have them; black and white are kinds of ink.
const NAMED = [
  "var(--muted)",
  "var(--danger)",
  "var(--success)",
  "var(--warning)",
  "var(--info)",
  "var(--state-paused)",
  "var(--accent)",
  "var(--text)",
] as const;

/** Pulls a colour towards the ink of the theme, so that it can be read on light and on dark ground. */
const readable = (rgb: string) => `color-mix(in oklab, ${rgb} 60%, var(--text))`;
const ground = (color: string) => `color-mix(in oklab, ${color} 24%, transparent)`;

// ESC [ … letter (CSI), ESC ] … BEL or ESC \ (OSC), ESC P X ^ _ … ESC \ (strings), other two-letter escapes, and C1 forms.
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~])|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)|\u001b[PX^_][^\u001b]*(?:\u001b\\|$)|\u001b[ -/]*[0-~]?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const STARTS = /[\u001b\u009b\u009d]/;

interface State extends Style {
  inverse?: boolean;
}

/** Text with the colours of a terminal as stretches; everything else that moves a terminal is left out. */
export function parseAnsi(text: string): Span[] {
  if (!STARTS.test(text)) return [{ text: text.replace(CONTROLS, ""), style: null }];
  const spans: Span[] = [];
  let state: State = {};
  let from = 0;
  const push = (until: number) => {
    const piece = text.slice(from, until).replace(CONTROLS, "");
    if (piece) spans.push({ text: piece, style: shown(state) });
  };
  for (const match of text.matchAll(ESCAPES)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === "m") state = applied(state, match[1] ?? "");
  }
  push(text.length);
  return spans;
}

/** The text alone. */
export function stripAnsi(text: string): string {
  return text.replace(ESCAPES, "").replace(CONTROLS, "");
}

function shown({ inverse, ...style }: State): Style | null {
  if (Object.keys(style).length === 0 && !inverse) return null;
  if (!inverse) return style;
  return { ...style, color: "var(--surface)", background: style.color ?? "var(--text)" };
}

function without<K extends keyof State>(state: State, ...keys: K[]): State {
  const next = { ...state };
  for (const key of keys) delete next[key];
  return next;
}

function applied(before: State, parameters: string): State {
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let state = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] as number;
    if (code === 38 || code === 48) {
      const [color, used] = extended(codes, at + 1);
      at += used;
      if (color)
        state = code === 38 ? { ...state, color: readable(color) } : { ...state, background: ground(color) };
    } else state = changed(state, code);
  }
  return state;
}

function changed(state: State, code: number): State {
  if (code >= 30 && code <= 37) return { ...state, color: NAMED[code - 30] as string };
  if (code >= 90 && code <= 97) return { ...state, color: NAMED[code - 90] as string };
  if (code >= 40 && code <= 47) return { ...state, background: ground(NAMED[code - 40] as string) };
  if (code >= 100 && code <= 107) return { ...state, background: ground(NAMED[code - 100] as string) };
  switch (code) {
    case 0:
      return {};
    case 1:
      return { ...state, bold: true };
    case 2:
      return { ...state, dim: true };
    case 3:
      return { ...state, italic: true };
    case 4:
    case 21:
      return { ...state, underline: true };
    case 7:
      return { ...state, inverse: true };
    case 9:
      return { ...state, strike: true };
    case 22:
      return without(state, "bold", "dim");
    case 23:
      return without(state, "italic");
    case 24:
      return without(state, "underline");
    case 27:
      return without(state, "inverse");
    case 29:
      return without(state, "strike");
    case 39:
      return without(state, "color");
    case 49:
      return without(state, "background");
    default:
      return state;
  }
}

/** A colour after 38 or 48: `5;n` of 256, or `2;r;g;b`. Answers it and how many codes it took. */
function extended(codes: readonly number[], at: number): [string | null, number] {
  const byte = (value: number | undefined) => Math.min(255, Math.max(0, Math.round(value ?? 0) || 0));
  if (codes[at] === 5) return [indexed(byte(codes[at + 1])), 2];
  if (codes[at] === 2)
    return [`rgb(${byte(codes[at + 1])} ${byte(codes[at + 2])} ${byte(codes[at + 3])})`, 4];
  return [null, 0];
}

function indexed(index: number): string {
  if (index < 16) return NAMED[index % 8] as string;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const place = index - 16;
  return `rgb(${level(Math.floor(place / 36))} ${level(Math.floor(place / 6) % 6)} ${level(place % 6)})`;
}
