/** A message of more lines than this is folded to its first and last: of a stack trace, what it is and what was raised. */
const FOLD_ABOVE = 4;

export interface Folded {
  readonly lines: readonly string[];
  /** How many lines are out of sight between the first and the last; 0 where none. */
  readonly hidden: number;
}

export function linesOf(message: string): string[] {
  const lines = message.replace(/\r\n?/g, "\n").split("\n");
  while (lines.length > 1 && lines[lines.length - 1]?.trim() === "") lines.pop();
  return lines;
}

export function canFold(message: string): boolean {
  return message.includes("\n") && linesOf(message).length > FOLD_ABOVE;
}

export function fold(message: string, isOpen: boolean): Folded {
  const lines = linesOf(message);
  if (isOpen || lines.length <= FOLD_ABOVE) return { lines, hidden: 0 };
  return { lines: [lines[0] ?? "", lines[lines.length - 1] ?? ""], hidden: lines.length - 2 };
}
