import { useCallback, useState } from "react";
import { NOTHING_SELECTED, type Selection } from "./types";

export type RowSelection = ReturnType<typeof useSelection>;

/** The selection of a table, for pages that don't keep it elsewhere. */
export function useSelection() {
  const [selection, setSelection] = useState<Selection>(NOTHING_SELECTED);
  const clear = useCallback(() => setSelection(NOTHING_SELECTED), []);
  return { selection, onSelectionChange: setSelection, clear };
}

/** One row more or less. When all that match were selected, those that are loaded stay, without this one. */
export function toggled(selection: Selection, id: string, loaded: readonly string[]): Selection {
  const ids = new Set(selection.all ? loaded : selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, all: false };
}

/** The rows from the last that was clicked to this one are selected as this one becomes. */
export function ranged(selection: Selection, from: string, to: string, loaded: readonly string[]): Selection {
  const [start = 0, end = 0] = [loaded.indexOf(from), loaded.indexOf(to)].sort((a, b) => a - b);
  if (start < 0) return toggled(selection, to, loaded);
  const ids = new Set(selection.all ? loaded : selection.ids);
  const on = !ids.has(to);
  for (const id of loaded.slice(start, end + 1)) {
    if (on) ids.add(id);
    else ids.delete(id);
  }
  return { ids, all: false };
}

export function headState(selection: Selection, loaded: readonly string[]): boolean | "indeterminate" {
  if (selection.all) return true;
  if (selection.ids.size === 0) return false;
  return loaded.length > 0 && loaded.every((id) => selection.ids.has(id)) ? true : "indeterminate";
}
