import { Plus } from "lucide-react";
import { useState } from "react";
import { flushSync } from "react-dom";
import { Button } from "@/design/button";
import { TextField } from "@/design/text-field";
import { type Path, stepTo } from "../edit";
import { fieldId } from "../field";
import { focusFirst } from "../focus";
import { useForm } from "../form-context";

export interface NewKeyProps {
  /** Of what gets the key. */
  path: Path;
  taken: ReadonlySet<string>;
  onAdd: (key: string) => void;
}

/** Asks for the name of a new key, and leads to its value: by Enter, by Tab or by the button. */
export function NewKey({ path, taken, onAdd }: NewKeyProps) {
  const { prefix } = useForm();
  const [key, setKey] = useState("");
  const add = () => {
    // The focus is there before the next key is pressed.
    flushSync(() => {
      onAdd(key);
      setKey("");
    });
    const field = document.getElementById(fieldId(prefix, stepTo(path, key)));
    // What has no name yet gets one first.
    const place = key === "" ? (field?.closest("[data-entry]") ?? field) : field;
    if (place) focusFirst(place);
  };
  const why = taken.has(key) ? `“${key}” is there already.` : undefined;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <TextField
        mono
        data-new-key
        aria-label="New key"
        placeholder="New key"
        value={key}
        autoComplete="off"
        spellCheck={false}
        className="max-w-64"
        aria-invalid={why !== undefined || undefined}
        onChange={setKey}
        onKeyDown={(event) => {
          const isEnter = event.key === "Enter" && !event.metaKey && !event.ctrlKey;
          const isTab = event.key === "Tab" && !event.shiftKey && key !== "";
          if (!(isEnter || isTab) || why) return;
          event.preventDefault();
          add();
        }}
      />
      <Button size="small" icon={Plus} onClick={add} disabledReason={why}>
        Add key
      </Button>
    </div>
  );
}
