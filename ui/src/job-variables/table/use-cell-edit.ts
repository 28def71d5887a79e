import { type RefObject, useCallback, useRef, useState } from "react";
import { ownAt } from "../edits";
import type { Json } from "../json";
import type { Cell, Row } from "../model";
import type { TableEditing } from "../resolution-table";

/** What hangs on a cell. */
export type OpenOnCell =
  | { kind: "edit"; row: Row; cell: Cell; layer: string; before: Json | undefined }
  | { kind: "value" | "history"; row: Row; column: number };

/** Which cell is being edited or looked at, and where that cell is. */
export function useCellEdit(root: RefObject<HTMLElement | null>, editing: TableEditing | undefined) {
  const [open, setOpen] = useState<OpenOnCell>();
  const anchor = useRef<HTMLElement | null>(null);
  const place = (row: Row, column: number) => {
    const line = root.current?.querySelector(`[data-row="${CSS.escape(row.id)}"]`);
    anchor.current = line?.querySelector<HTMLElement>(`[aria-colindex="${column + 1}"]`) ?? root.current;
  };
  const edit = (row: Row, cell: Cell) => {
    if (!editing) return;
    place(row, row.cells.indexOf(cell) + 1);
    setOpen({ kind: "edit", row, cell, layer: editing.layer, before: ownAt(editing.variables, row.path) });
  };
  const look = (row: Row, kind: "value" | "history", column = row.cells.length + 1) => {
    place(row, column);
    setOpen({ kind, row, column });
  };
  const close = useCallback(() => {
    setOpen(undefined);
    requestAnimationFrame(() => {
      const cell = root.current?.querySelector<HTMLElement>('[data-active="true"]');
      (cell?.querySelector<HTMLElement>("[data-grid-focus]") ?? cell)?.focus({ preventScroll: true });
    });
  }, [root]);
  return { open, edit, look, close, anchor };
}
