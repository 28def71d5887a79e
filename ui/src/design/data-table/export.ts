import type { Column } from "./types";

/** Rows as CSV of the given columns. Text that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function toCsv<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const exported = columns.filter((column) => column.value !== undefined);
  const lines = [exported.map((column) => escaped(column.header))];
  for (const row of rows) lines.push(exported.map((column) => escaped(column.value?.(row))));
  return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function escaped(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
