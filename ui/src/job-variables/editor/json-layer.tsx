import { useId, useMemo } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { JsonEditor } from "@/design/json-editor";
import { editsBetween, nested } from "../edits";
import type { Declaration } from "../json";
import { readLayer, textFor } from "../json-mode";
import { rulesOf } from "../model";
import type { TableEditing } from "../resolution-table";

export interface JsonLayerProps {
  editing: TableEditing;
  title: string;
  declarations: readonly Declaration[];
  text: string | undefined;
  onText: (text: string | undefined, unreadable?: boolean) => void;
}

/** The layer that is edited, as JSON. */
export function JsonLayer({ editing, title, declarations, text, onText }: JsonLayerProps) {
  const shown = useMemo(() => textFor(editing.variables, text), [editing.variables, text]);
  const reading = useMemo(() => readLayer(shown), [shown]);
  const hint = useId();
  const change = (next: string) => {
    const read = readLayer(next);
    onText(next, !("variables" in read));
    if (!("variables" in read)) return;
    const isDeclared = (name: string) => declarations.some((each) => each.name === name);
    const edits = editsBetween(editing.variables, nested(read.variables, isDeclared), rulesOf(declarations));
    if (edits.length) editing.onEdit(edits);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <JsonEditor
        label={`${title}: job variables as JSON`}
        value={shown}
        onChange={change}
        problems={"problems" in reading ? reading.problems : undefined}
        describedBy={hint}
        lines={14}
      />
      <p id={hint} className="text-sm text-muted" role="status">
        {"problems" in reading
          ? `Not read yet: ${reading.problems[0]?.message ?? ""} The text is kept.`
          : `Only what “${title}” itself says. null takes away a key of env and of other maps that are merged.`}
      </p>
    </div>
  );
}

/** Says above the table that there is JSON which it does not show. */
JsonLayer.Notice = function Notice({ onOpen, onDiscard }: { onOpen: () => void; onDiscard: () => void }) {
  return (
    <Banner
      tone="warning"
      title="The JSON has an error, and is kept as it is typed."
      actions={
        <>
          <Button size="small" onClick={onOpen}>
            Go on editing
          </Button>
          <Button size="small" kind="ghost" onClick={onDiscard}>
            Discard the text
          </Button>
        </>
      }
    >
      The table shows what could be read before.
    </Banner>
  );
};
