import { Check } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import { NumberField } from "@/design/text-field";
import { count } from "@/lib/format";

export interface NumberCellProps {
  label: string;
  value: number | null;
  least: number;
  /** What an empty field means; without it the number must be there. */
  none?: string | undefined;
  onSave: (value: number | null) => unknown;
}

/** A number that is edited where it stands: Enter or leaving saves it, Escape takes it back. */
export function NumberCell({ label, value, least, none, onSave }: NumberCellProps) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState(value);
  const root = useRef<HTMLSpanElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isOpen) root.current?.querySelector("input")?.select();
  }, [isOpen]);
  const isWrong = typed === null ? none === undefined : typed < least;
  const close = () => {
    setOpen(false);
    requestAnimationFrame(() => opener.current?.focus());
  };
  const save = () => {
    const field = root.current?.querySelector("input");
    if (isWrong || field?.getAttribute("aria-invalid") === "true") return field?.focus();
    if (typed !== value) void onSave(typed);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Enter") save();
    if (event.key === "Escape") close();
  };
  if (!isOpen) {
    return (
      <button
        ref={opener}
        type="button"
        aria-label={`${label}: ${value ?? none}. Edit`}
        onClick={() => {
          setTyped(value);
          setOpen(true);
        }}
        className={cx(
          "-ml-1.5 min-h-7 rounded-md border border-transparent px-1.5 tabular-nums hover:border-line-strong hover:bg-surface",
          value === null && "text-muted",
        )}
      >
        {value === null ? none : count(value)}
      </button>
    );
  }
  return (
    <span
      ref={root}
      role="group"
      aria-label={label}
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) save();
      }}
      className="-ml-1.5 flex items-center gap-0.5"
    >
      <NumberField
        integer
        aria-label={label}
        value={typed}
        onChange={setTyped}
        placeholder={none}
        {...(isWrong ? { "aria-invalid": true } : {})}
        className="h-7! w-14! px-1.5!"
      />
      <IconButton icon={Check} size="small" label={`Save ${label.toLowerCase()}`} onClick={save} />
    </span>
  );
}
