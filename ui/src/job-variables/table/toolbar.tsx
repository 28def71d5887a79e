import { ClipboardPaste, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/design/button";
import { SearchField } from "@/design/text-field";
import type { TableView } from "../filters";
import type { Model } from "../model";
import { Segments } from "./segments";

export interface ToolbarProps {
  model: Model;
  view: TableView;
  onView: (view: TableView) => void;
  mode: "table" | "json";
  onMode?: ((mode: "table" | "json") => void) | undefined;
  onAdd?: (() => void) | undefined;
  onPaste?: (() => void) | undefined;
  actions?: ReactNode;
}

export function TableToolbar({ model, view, onView, mode, onMode, onAdd, onPaste, actions }: ToolbarProps) {
  const problems = model.errorCount + model.warningCount;
  const shows: [TableView["show"], string, number | undefined][] = [
    ["all", "All", undefined],
    ["changed", "Changed", model.changedCount],
    ["problems", model.errorCount ? "Errors" : "Warnings", problems],
    ["env", "Env", undefined],
  ];
  return (
    <div className="flex flex-wrap items-center gap-2">
      {mode === "table" ? (
        <>
          <SearchField
            label="Search job variables"
            placeholder="Search"
            value={view.search}
            onChange={(search) => onView({ ...view, search })}
            delay={80}
            className="max-w-56 min-w-28 flex-1 @max-xl:max-w-none @max-xl:basis-full"
          />
          <Segments label="Show" value={view.show} onChange={(show) => onView({ ...view, show })}>
            {shows.map(([id, label, count]) => ({
              id,
              label,
              count,
              tone: id === "problems" && model.errorCount ? "danger" : undefined,
            }))}
          </Segments>
        </>
      ) : null}
      <span className="grow @max-xl:hidden" />
      {actions}
      {onPaste && mode === "table" ? (
        <Button icon={ClipboardPaste} onClick={onPaste} aria-label="Paste job variables">
          <span className="@max-5xl:hidden">Paste…</span>
        </Button>
      ) : null}
      {onAdd && mode === "table" ? (
        <Button icon={Plus} onClick={onAdd} aria-label="Add a job variable">
          <span className="@max-4xl:hidden">Add</span>
        </Button>
      ) : null}
      {onMode ? (
        <Segments label="View" value={mode} onChange={onMode}>
          {[
            { id: "table", label: "Table" },
            { id: "json", label: "JSON" },
          ]}
        </Segments>
      ) : null}
    </div>
  );
}
