import { useQuery } from "@tanstack/react-query";
import { ClipboardPaste, Copy, Ellipsis, Plus, RotateCcw } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/design/button";
import { copyWithToast } from "@/design/copy-with-toast";
import { Menu } from "@/design/menu";
import { Segmented } from "@/design/segmented";
import { SearchField } from "@/design/text-field";
import { toast } from "@/design/toast";
import { type PoolRow, poolTypesQuery } from "../queries";
import { AddDialog } from "./add-dialog";
import { textAt } from "./draft";
import { isTabular } from "./parts";
import { QuietSelect } from "./quiet-select";
import type { TemplateDraftState } from "./use-template-draft";
import { setUndeclared, UNDECLARED, undeclaredOf } from "./variables";

export interface EditorToolbarProps {
  row: PoolRow;
  state: TemplateDraftState;
  asJson: boolean;
  onAsJson: (asJson: boolean) => void;
  search: string;
  onSearch: (text: string) => void;
  onAdded: (name: string) => void;
}

const VIEWS = [
  { value: "table", label: "Table" },
  { value: "json", label: "JSON" },
] as const;
const UNDECLARED_LABELS = {
  warn: "kept, with a warning",
  error: "refused",
  "to-env": "taken into env",
} as const;

export function EditorToolbar(props: EditorToolbarProps) {
  const { row, state, asJson, onAsJson, search, onSearch, onAdded } = props;
  const [isAdding, setAdding] = useState(false);
  const { data: types } = useQuery(poolTypesQuery);
  const { document } = state.draft;
  const known = types?.find(({ type }) => type === row.type);
  const undeclared = undeclaredOf(document);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Segmented
        label="Template as"
        hideLabel
        options={VIEWS}
        value={asJson ? "json" : "table"}
        onChange={(next) => isTabular(document) && onAsJson(next === "json")}
      />
      {asJson ? (
        <span className="grow" />
      ) : (
        <>
          <SearchField label="Filter variables" value={search} onChange={onSearch} className="w-56" />
          <span className="flex grow items-center gap-3 text-sm text-muted">
            <span className="whitespace-nowrap">Unknown variables are</span>
            <QuietSelect
              label="Unknown variables are"
              value={undeclared}
              isUsual={undeclared === "warn"}
              onChange={(value) => state.edit((template) => setUndeclared(template, value))}
              options={UNDECLARED.map((value) => ({ value, label: UNDECLARED_LABELS[value] }))}
            />
          </span>
          <Button icon={Plus} onClick={() => setAdding(true)}>
            Add variable
          </Button>
        </>
      )}
      <Menu
        label="Template"
        trigger={<IconButton icon={Ellipsis} kind="secondary" label="More for the template" />}
        groups={[
          [
            {
              id: "copy",
              label: "Copy as JSON",
              icon: Copy,
              onSelect: () => void copyWithToast(textAt(state.draft, "whole"), "the template"),
            },
            {
              id: "paste",
              label: "Replace with JSON…",
              icon: ClipboardPaste,
              onSelect: () => onAsJson(true),
            },
          ],
          known
            ? [
                {
                  id: "type",
                  label: `Template of ${known.name}, as it comes`,
                  icon: RotateCcw,
                  onSelect: () => {
                    state.edit(() => known.template);
                    toast({
                      title: `The draft is the template of ${known.name}`,
                      detail: "Nothing is saved yet.",
                      undo: state.undo,
                    });
                  },
                },
              ]
            : [],
        ]}
      />
      {isAdding ? (
        <AddDialog
          template={document}
          onAdd={(edit, name) => {
            state.edit(edit);
            onAdded(name);
          }}
          onClose={() => setAdding(false)}
        />
      ) : null}
    </div>
  );
}
