import { ArrowUpFromLine, Copy, History, Pencil, Plus, RotateCcw, X } from "lucide-react";
import { copyText } from "@/design/copy-button";
import type { MenuItem } from "@/design/menu";
import { type Edit, withValue } from "../edits";
import type { Json } from "../json";
import { isLocked } from "../locks";
import type { Cell, Row } from "../model";
import { fullText } from "../shown-value";

export interface EditTarget {
  layer: string;
  onEdit: (edits: Edit[]) => void;
}

export interface CellActionOptions {
  editing: EditTarget | undefined;
  /** The layer whose value may be made the deployment's. */
  promotes: string | undefined;
  onPromote: ((rows: Row[]) => void) | undefined;
  onHistory: ((row: Row) => void) | undefined;
  onEditCell: (row: Row, cell: Cell) => void;
  onAddKey: ((row: Row) => void) | undefined;
}

/** What may be done with the cells of a table. */
export function cellActions(options: CellActionOptions) {
  const { editing } = options;
  const isEditable = (row: Row, cell: Cell) =>
    editing !== undefined &&
    cell.column.layer === editing.layer &&
    row.kind !== "fixed" &&
    !isLocked(row.lock, editing.layer);
  const ownCell = (row: Row) => row.cells.find((cell) => isEditable(row, cell));
  const set = (row: Row, value: Json | undefined) => editing?.onEdit(resetting(row, value));
  const onReset = (row: Row) => {
    const cell = ownCell(row);
    if (cell && cell.state !== "none") set(row, undefined);
  };
  const onUnset = (row: Row) => {
    if (row.kind === "key" && ownCell(row)) set(row, null);
  };
  const menuOf = (row: Row): MenuItem[][] => {
    const own = ownCell(row);
    const promoted = row.cells.find((cell) => cell.column.layer === options.promotes);
    const isValue = row.kind !== "group";
    return [
      [
        ...(own && isValue
          ? [
              item(
                "edit",
                "Edit value",
                Pencil,
                afterMenu(() => options.onEditCell(row, own)),
                "F2",
              ),
            ]
          : []),
        ...(own && row.kind === "key" && own.state !== "removes"
          ? [item("unset", "Unset: take the key away", X, () => onUnset(row), "⇧ Del")]
          : []),
        ...(own && isValue && own.state !== "none"
          ? [item("reset", "Reset to inherited", RotateCcw, () => onReset(row), "Del")]
          : []),
        ...(row.kind === "group" && options.onAddKey && own
          ? [
              item(
                "add",
                `Add a key to ${row.label}`,
                Plus,
                afterMenu(() => options.onAddKey?.(row)),
              ),
            ]
          : []),
      ],
      [
        ...(options.onPromote &&
        promoted &&
        promoted.state !== "none" &&
        isValue &&
        !isLocked(row.lock, "deployment")
          ? [
              item(
                "promote",
                "Promote to the deployment…",
                ArrowUpFromLine,
                afterMenu(() => options.onPromote?.([row])),
              ),
            ]
          : []),
        ...(options.onHistory && isValue && row.kind !== "fixed"
          ? [
              item(
                "history",
                `Why did ${row.label} change?`,
                History,
                afterMenu(() => options.onHistory?.(row)),
              ),
            ]
          : []),
      ],
      [
        ...(isValue && row.effective.state === "value"
          ? [item("copy", "Copy effective value", Copy, () => void copyText(fullText(row.effective.value)))]
          : []),
        item("path", "Copy path", Copy, () => void copyText(row.id)),
      ],
    ];
  };
  return { isEditable, ownCell, set, onReset, onUnset, menuOf };
}

/** A group has no value of its own: its keys are reset one by one. */
function resetting(row: Row, value: Json | undefined): Edit[] {
  return [withValue(row.path, value)];
}

function item(
  id: string,
  label: string,
  icon: MenuItem["icon"],
  onSelect: () => void,
  hint?: string,
): MenuItem {
  return { id, label, icon, onSelect, ...(hint ? { hint } : {}) };
}

const MENU_GONE_MS = 50;

/** A menu that closes gives the focus back to its button; what opens from it comes after that. */
function afterMenu(open: () => void): () => void {
  return () => void setTimeout(open, MENU_GONE_MS);
}
