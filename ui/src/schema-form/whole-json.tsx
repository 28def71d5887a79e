import { useId, useMemo } from "react";
import { cx } from "@/design/cx";
import { JsonEditor } from "@/design/json-editor";
import { textFault } from "./form-state";

interface WholeJsonProps {
  label: string;
  text: string;
  onType: (text: string) => void;
  lines: number;
  /** What is to be known about it, where nothing is wrong. */
  hint: string;
}

/** All of a form as JSON: an object, with what keeps it from being read. */
export function WholeJson({ label, text, onType, lines, hint }: WholeJsonProps) {
  const id = useId();
  const faults = useMemo(() => {
    const fault = textFault(text, true);
    return fault ? [{ from: fault.at, to: fault.at + 1, message: fault.message }] : [];
  }, [text]);
  return (
    <div className="flex flex-col gap-1">
      <JsonEditor
        label={label}
        describedBy={id}
        value={text}
        onChange={onType}
        problems={faults}
        lines={lines}
      />
      <p id={id} role="status" className={cx("text-sm", faults.length ? "text-danger" : "text-muted")}>
        {faults[0]?.message ?? hint}
      </p>
    </div>
  );
}
