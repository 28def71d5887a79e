import { useId, useMemo } from "react";
import { cx } from "@/design/cx";
import { JsonEditor } from "@/design/json-editor";
import { textFault } from "@/schema-form/form-state";
import { typed, wholeText } from "../draft";
import { useBuilder } from "./context";

/** All of the automation as JSON; what is typed is in the form as soon as it can be read. */
export function WholeJson() {
  const { draft, update } = useBuilder();
  const id = useId();
  const text = wholeText(draft);
  const faults = useMemo(() => {
    const fault = textFault(text, true);
    return fault ? [{ from: fault.at, to: fault.at + 1, message: fault.message }] : [];
  }, [text]);
  return (
    <div className="flex flex-col gap-1">
      <JsonEditor
        label="The automation as JSON"
        describedBy={id}
        value={text}
        onChange={(next) => update((before) => typed(before, next))}
        problems={faults}
        lines={24}
      />
      <p id={id} role="status" className={cx("text-sm", faults.length ? "text-danger" : "text-muted")}>
        {faults[0]?.message ?? "What is left out has its default."}
      </p>
    </div>
  );
}
