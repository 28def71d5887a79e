import type { ReactNode } from "react";
import { count, plural } from "@/lib/format";
import { Button } from "../button";
import { NOTHING_SELECTED, type Selection } from "./types";

interface SelectionBarProps {
  selection: Selection;
  onChange: (selection: Selection) => void;
  loaded: number;
  total: number | undefined;
  more: boolean;
  noun: string;
  actions: ReactNode;
}

/** How much is selected, what can be done with it, and the step from "all that are loaded" to "all that match". */
export function SelectionBar({ selection, onChange, loaded, total, more, noun, actions }: SelectionBarProps) {
  const size = selection.ids.size;
  const said = selection.all
    ? total === undefined
      ? `All ${noun}s that match are selected`
      : `All ${plural(total, noun)} that match are selected`
    : `${plural(size, noun)} selected`;
  const canExtend = !selection.all && size >= loaded && (more || (total !== undefined && total > loaded));
  return (
    <div className="flex min-h-control flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-accent/40 bg-accent-soft px-3">
      <p role="status" className="font-medium">
        {said}
      </p>
      {canExtend ? (
        <Button
          kind="ghost"
          size="small"
          className="text-accent!"
          onClick={() => onChange({ ...selection, all: true })}
        >
          {total === undefined ? `Select all ${noun}s that match` : `Select all ${count(total)} that match`}
        </Button>
      ) : null}
      <div className="ml-auto flex flex-wrap items-center gap-2">
        {actions}
        <Button kind="ghost" size="small" onClick={() => onChange(NOTHING_SELECTED)}>
          Clear
        </Button>
      </div>
    </div>
  );
}
