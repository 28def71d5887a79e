import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/design/button";
import { TextField } from "@/design/text-field";

/** Asks for the name of a new key. */
export function NewKey({ taken, onAdd }: { taken: ReadonlySet<string>; onAdd: (key: string) => void }) {
  const [key, setKey] = useState("");
  const add = () => {
    onAdd(key);
    setKey("");
  };
  const why = taken.has(key) ? `“${key}” is there already.` : undefined;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <TextField
        mono
        aria-label="New key"
        placeholder="New key"
        value={key}
        autoComplete="off"
        className="max-w-64"
        aria-invalid={why !== undefined || undefined}
        onChange={setKey}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.metaKey || event.ctrlKey || why) return;
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
