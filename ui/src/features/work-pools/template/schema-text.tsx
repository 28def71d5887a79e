import { useMemo } from "react";
import { Button } from "@/design/button";
import { JsonEditor } from "@/design/json-editor";
import { textAt, textError } from "./draft";
import { PROPERTIES, VARIABLES } from "./parts";
import { marksIn } from "./problems";
import type { VariablePanelProps } from "./variable-panel";

/** A variable's schema as JSON, for what no field is for. */
export function SchemaText({
  variable,
  state,
  problems,
}: Pick<VariablePanelProps, "variable" | "state" | "problems">) {
  const place = `variable:${variable.name}` as const;
  const text = textAt(state.draft, place);
  const error = textError(text);
  const marks = useMemo(
    () => marksIn(text, [VARIABLES, PROPERTIES, variable.name], problems),
    [text, variable.name, problems],
  );
  return (
    <div className="flex flex-col gap-2">
      <JsonEditor
        label={`JSON Schema of ${variable.name}`}
        value={text}
        onChange={(next) => state.type(place, next)}
        problems={marks}
        lines={16}
      />
      {error ? (
        <p role="status" className="text-sm text-danger">
          {error}. The text is kept; the variable is what it was until it can be read.{" "}
          <Button size="small" kind="ghost" onClick={() => state.dropText(place)}>
            Discard the text
          </Button>
        </p>
      ) : (
        <p className="text-sm text-muted">Keywords that this page doesn’t know are kept as they are.</p>
      )}
    </div>
  );
}
