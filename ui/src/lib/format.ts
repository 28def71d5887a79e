// Numbers as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** Seconds as "240 ms", "3.2 s", "4 min 10 s", "2 h 5 min", "3 d 4 h". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 0.001) return "< 1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${tenth.format(seconds)} s`;
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  if (all < 3600) return pair(Math.floor(all / 60), "min", all % 60, "s");
  if (all < 86_400) return pair(Math.floor(all / 3600), "h", Math.floor((all % 3600) / 60), "min");
  return pair(Math.floor(all / 86_400), "d", Math.floor((all % 86_400) / 3600), "h");
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0
    ? `${whole.format(big)} ${bigUnit}`
    : `${whole.format(big)} ${bigUnit} ${small} ${smallUnit}`;
}

/** A count in full: "12,345". */
export function count(value: number): string {
  return whole.format(value);
}

/** A count where there is little room: "950", "12.3k", "1.2M". */
export function shortCount(value: number): string {
  if (Math.abs(value) < 1000) return whole.format(value);
  if (Math.abs(value) < 999_950) return `${tenth.format(value / 1000)}k`;
  return `${tenth.format(value / 1_000_000)}M`;
}

/** "1 run", "2 runs", "1,200 runs". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 99.5 ? whole.format(size) : tenth.format(size)} ${UNITS[unit]}`;
}

export function percent(part: number, all: number): string {
  if (all === 0) return "–";
  const share = (part / all) * 100;
  return `${share > 0 && share < 1 ? "< 1" : whole.format(share)} %`;
}

/** Who made a thing, and by which entrance: "local (cli)"; nothing where nobody knows. */
export function maker(
  by: { type?: string | null; display_value?: string | null } | null | undefined,
): string | undefined {
  const entrance = by?.type?.toLowerCase();
  if (!by?.display_value) return entrance;
  const isEntrance = entrance !== undefined && ["cli", "sdk", "ui", "rest"].includes(entrance);
  return isEntrance ? `${by.display_value} (${entrance})` : by.display_value;
}
