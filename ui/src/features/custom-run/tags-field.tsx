import { useState } from "react";
import { Chip } from "@/design/chip";
import { Field } from "@/design/field";
import { TextField } from "@/design/text-field";

interface TagsFieldProps {
  tags: readonly string[];
  /** Those of the deployment, which the run gets as well. */
  inherited: readonly string[];
  onChange: (tags: readonly string[]) => void;
}

/** Tags by Enter or comma; Backspace in the empty field takes the last one back. */
export function TagsField({ tags, inherited, onChange }: TagsFieldProps) {
  const [text, setText] = useState("");
  const add = (typed: string) => {
    const added = typed
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag && !inherited.includes(tag));
    if (added.length) onChange([...new Set([...tags, ...added])]);
    setText("");
  };
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <Field label="Tags">
        <TextField
          value={text}
          autoComplete="off"
          placeholder={tags.length ? "" : "Type a tag and press Enter"}
          onChange={(next) => (next.includes(",") ? add(next) : setText(next))}
          onBlur={() => add(text)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.metaKey && !event.ctrlKey && text.trim()) {
              event.preventDefault();
              add(text);
            } else if (event.key === "Backspace" && text === "" && tags.length) onChange(tags.slice(0, -1));
          }}
        />
      </Field>
      {tags.length + inherited.length ? (
        <div className="flex flex-wrap gap-1">
          {inherited.map((tag) => (
            <Chip key={tag} className="text-muted">
              {tag}
            </Chip>
          ))}
          {tags.map((tag) => (
            <Chip
              key={tag}
              tone="accent"
              removeLabel={`Remove tag ${tag}`}
              onRemove={() => onChange(tags.filter((other) => other !== tag))}
            >
              {tag}
            </Chip>
          ))}
        </div>
      ) : null}
    </div>
  );
}
