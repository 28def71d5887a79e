import { KeyRound, RotateCcw, X } from "lucide-react";
import { Popover } from "radix-ui";
import { type KeyboardEvent, type RefObject, useId, useMemo, useRef, useState } from "react";
import { Button } from "@/design/button";
import { cx } from "@/design/cx";
import { Kbd } from "@/design/kbd";
import { floatClass } from "@/design/surfaces";
import { isMac } from "@/lib/keys";
import type { Json, JsonObject } from "../json";
import type { Cell, Row } from "../model";
import { hasReference } from "../references";
import { kindsOf, orTemplate } from "../value-kinds";
import {
  MODE_LABELS,
  type Mode,
  modesOf,
  readValue,
  suggestsSecret,
  switched,
  type Typed,
  typedOf,
} from "./typed-value";
import { ValueInput } from "./value-input";

export interface CellEditorProps {
  row: Row;
  cell: Cell;
  definitions?: JsonObject | undefined;
  /** What lower layers say, as the value to begin with. */
  inherited: Json | undefined;
  /** The cell that it covers. */
  anchor: RefObject<HTMLElement | null>;
  /** While it is typed; undefined resets to inherited. */
  onChange: (value: Json | undefined) => void;
  /** Takes back what was typed. */
  onCancel: () => void;
  onClose: () => void;
}

/** Edits one cell where it stands. What is typed counts at once; Escape takes it back. */
export function CellEditor(props: CellEditorProps) {
  const { row, cell, anchor, definitions, onChange, onCancel, onClose } = props;
  const kinds = useMemo(
    () =>
      orTemplate(
        kindsOf(
          row.declaration,
          row.kind === "key" ? row.path[1] : undefined,
          definitions,
          cell.column.layer,
        ),
        cell.column.templates,
      ),
    [row.declaration, row.kind, row.path, definitions, cell.column],
  );
  const [start] = useState(() => (cell.state === "value" ? cell.value : undefined));
  const modes = modesOf(kinds, row.declaration, start ?? props.inherited);
  const [typed, setTyped] = useState<Typed>(() => typedOf(start ?? props.inherited, modes, kinds));
  const [fault, setFault] = useState("");
  const id = useId();
  const input = useRef<HTMLInputElement & HTMLTextAreaElement & HTMLSelectElement>(null);
  const touched = useRef(false);

  const change = (next: Typed) => {
    touched.current = true;
    setTyped(next);
    const read = readValue(next, kinds);
    setFault("fault" in read && next.text !== "" ? read.fault : "");
    if ("value" in read) onChange(read.value);
  };
  const save = () => {
    const read = readValue(typed, kinds);
    if (touched.current && "fault" in read) return setFault(read.fault);
    onClose();
  };
  const finish = (value: Json | undefined) => {
    onChange(value);
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (
      event.key === "Enter" &&
      !event.shiftKey &&
      (typed.mode !== "json" || event.ctrlKey || event.metaKey)
    ) {
      event.preventDefault();
      save();
    }
  };
  return (
    <Popover.Root open onOpenChange={(open) => open || onClose()}>
      <Popover.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={-38}
          alignOffset={-4}
          collisionPadding={8}
          aria-label={`Edit ${row.id}, ${cell.column.title}`}
          data-testid="cell-editor"
          onKeyDown={onKeyDown}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            input.current?.focus();
            input.current?.select?.();
          }}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => {
            event.preventDefault();
            onCancel();
          }}
          onFocusOutside={(event) => event.preventDefault()}
          onPointerDownOutside={(event) => {
            event.preventDefault();
            save();
          }}
          className={cx(floatClass, "flex w-88 max-w-[calc(100vw-1rem)] flex-col gap-2 p-2")}
        >
          <ValueInput
            ref={input}
            label={`${row.id}, ${cell.column.title}`}
            typed={typed}
            kinds={kinds}
            onChange={change}
            invalid={fault !== ""}
            describedBy={`${id}-note`}
          />
          {modes.length > 1 ? (
            <Modes
              modes={modes}
              mode={typed.mode}
              onChange={(mode) => change(switched(typed, mode, kinds))}
            />
          ) : null}
          <Note id={`${id}-note`} fault={fault} typed={typed} wish={kinds.wish} />
          {suggestsSecret(row.label, typed) && modes.includes("secret") ? (
            <SecretPrompt name={row.label} onUse={(text) => change({ mode: "secret", text })} />
          ) : null}
          <div className="flex flex-wrap items-center gap-1 border-t border-line pt-2">
            <Button kind="primary" size="small" onClick={save}>
              Save <Kbd>{typed.mode === "json" ? `${isMac ? "⌘" : "Ctrl"} ↵` : "↵"}</Kbd>
            </Button>
            <Button kind="ghost" size="small" onClick={onCancel}>
              Cancel
            </Button>
            <span className="grow" />
            {row.kind === "key" ? (
              <Button kind="ghost" size="small" icon={X} onClick={() => finish(null)}>
                Unset
              </Button>
            ) : kinds.nullable ? (
              <Button kind="ghost" size="small" onClick={() => finish(null)}>
                null
              </Button>
            ) : null}
            {cell.state !== "none" ? (
              <Button kind="ghost" size="small" icon={RotateCcw} onClick={() => finish(undefined)}>
                Reset
              </Button>
            ) : null}
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Modes({
  modes,
  mode,
  onChange,
}: {
  modes: readonly Mode[];
  mode: Mode;
  onChange: (mode: Mode) => void;
}) {
  return (
    <div
      role="radiogroup"
      aria-label="Type of the value"
      className="flex flex-wrap gap-0.5 rounded-md bg-sunken p-0.5"
    >
      {modes.map((each) => (
        <button
          key={each}
          type="button"
          role="radio"
          aria-checked={each === mode}
          onClick={() => onChange(each)}
          className={cx(
            "h-6 grow rounded px-2 text-xs font-medium",
            each === mode ? "bg-raised text-text shadow-card" : "text-muted hover:text-text",
          )}
        >
          {MODE_LABELS[each]}
        </button>
      ))}
    </div>
  );
}

function Note({ id, fault, typed, wish }: { id: string; fault: string; typed: Typed; wish: string }) {
  if (fault) {
    return (
      <p id={id} role="alert" className="text-xs text-danger">
        {fault}
      </p>
    );
  }
  const isReference = typed.mode === "text" && hasReference(typed.text);
  const note =
    typed.mode === "secret"
      ? "Kept as a reference; the worker fills it in just before launch."
      : isReference
        ? "Has a reference, which the worker fills in just before launch."
        : wish && `Wanted: ${wish}.`;
  return (
    <p id={id} className={note ? "text-xs break-words text-muted" : "sr-only"}>
      {note}
    </p>
  );
}

function SecretPrompt({ name, onUse }: { name: string; onUse: (secret: string) => void }) {
  const secret = name.toLowerCase().replace(/[^a-z0-9_-]+/g, "-");
  return (
    <div className="flex items-start gap-2 rounded-md bg-warning-soft px-2 py-1.5 text-xs">
      <KeyRound aria-hidden className="mt-0.5 size-3.5 shrink-0 text-warning" />
      <span className="min-w-0 grow">
        This looks like a credential: as text, everybody who may see the deployment reads it. Store it as a
        secret and refer to it.
        <button
          type="button"
          onClick={() => onUse(secret)}
          className="ml-1 font-medium text-warning underline underline-offset-2"
        >
          Use secret:{secret}
        </button>
      </span>
    </div>
  );
}
