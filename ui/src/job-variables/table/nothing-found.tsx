import { Button } from "@/design/button";
import { EmptyState } from "@/design/empty-state";
import type { TableView } from "../filters";
import type { Model } from "../model";

export interface NothingFoundProps {
  model: Model;
  view: TableView;
  onAll: () => void;
  onAdd: ((into: string) => void) | undefined;
}

const TITLES: Record<TableView["show"], string> = {
  all: "No job variables",
  changed: "Nothing is overridden: every value is the pool's.",
  problems: "No errors and no warnings",
  env: "No environment variables",
};

export function NothingFound({ model, view, onAll, onAdd }: NothingFoundProps) {
  const isFiltered = view.show !== "all" || view.search !== "";
  return (
    <EmptyState
      compact
      title={view.search ? `Nothing is called “${view.search}”, or has such a value.` : TITLES[view.show]}
      action={
        isFiltered ? (
          <Button onClick={onAll}>Show all</Button>
        ) : onAdd ? (
          <Button onClick={() => onAdd("env")}>Add one</Button>
        ) : undefined
      }
    >
      {model.rows.length === 0 ? "The pool's template declares none, and no layer sets one." : null}
    </EmptyState>
  );
}
