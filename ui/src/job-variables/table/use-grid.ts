import { type KeyboardEvent, type RefObject, useCallback, useLayoutEffect, useState } from "react";

/** Which cell has the focus, or would get it: one cell of the grid is in the tab order. */
export interface ActiveCell {
  line: number;
  column: number;
}

export interface GridOptions {
  root: RefObject<HTMLElement | null>;
  lines: number;
  columns: number;
  scrollTo: (line: number) => void;
  /** Expands or collapses a line; whether there was something to do. */
  onExpand: (line: number, expand: boolean) => boolean;
  onActivate: (cell: ActiveCell) => void;
  onReset: (cell: ActiveCell) => void;
  onUnset: (cell: ActiveCell) => void;
}

const PAGE = 12;

/** Where a key leads from a cell; undefined for keys that lead nowhere. */
function target(key: string, control: boolean, { line, column }: ActiveCell): ActiveCell | undefined {
  const end = Number.MAX_SAFE_INTEGER;
  const moves: Record<string, ActiveCell> = {
    ArrowDown: { line: line + 1, column },
    ArrowUp: { line: line - 1, column },
    ArrowRight: { line, column: column + 1 },
    ArrowLeft: { line, column: column - 1 },
    PageDown: { line: line + PAGE, column },
    PageUp: { line: line - PAGE, column },
    Home: { line: control ? 0 : line, column: 0 },
    End: { line: control ? end : line, column: end },
  };
  return moves[key];
}

export function useGrid(options: GridOptions) {
  const { root, lines, columns } = options;
  const [active, setActive] = useState<ActiveCell>({ line: 0, column: 0 });
  const [wanted, setWanted] = useState(0);
  const clamped = (cell: ActiveCell): ActiveCell => ({
    line: clamp(cell.line, lines),
    column: clamp(cell.column, columns),
  });
  const shown = clamped(active);

  const focus = useCallback((cell: ActiveCell) => {
    setActive(cell);
    setWanted((count) => count + 1);
  }, []);
  useLayoutEffect(() => {
    if (!wanted) return;
    const cell = root.current?.querySelector<HTMLElement>('[data-active="true"]');
    (cell?.querySelector<HTMLElement>("[data-grid-focus]") ?? cell)?.focus({ preventScroll: true });
  }, [wanted, root]);

  const handle = (event: KeyboardEvent): boolean => {
    const { key, shiftKey } = event;
    const control = event.ctrlKey || event.metaKey;
    if ((key === "ArrowRight" || key === "ArrowLeft") && shown.column === 0) {
      if (options.onExpand(shown.line, key === "ArrowRight")) return true;
    }
    const next = target(key, control, shown);
    if (next) {
      const cell = clamped(next);
      options.scrollTo(cell.line);
      focus(cell);
    } else if (["Enter", "F2", " "].includes(key) && !control) options.onActivate(shown);
    else if (["Delete", "Backspace"].includes(key)) (shiftKey ? options.onUnset : options.onReset)(shown);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || isElsewhere(event)) return;
    if (handle(event)) event.preventDefault();
  };
  return { active: shown, setActive, focus, onKeyDown };
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}

/** Keys of what is inside a cell (a field, a menu that hangs on it) are its own; Enter on a button is the button's. */
function isElsewhere(event: KeyboardEvent): boolean {
  const element = event.target;
  if (!(element instanceof HTMLElement) || !event.currentTarget.contains(element)) return true;
  if (element.closest("input, textarea, select, [contenteditable=true]")) return true;
  return Boolean(element.closest("button")) && ["Enter", " "].includes(event.key);
}
