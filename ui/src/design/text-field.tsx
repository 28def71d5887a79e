import { Search, X } from "lucide-react";
import { type ComponentProps, type Ref, useEffect, useRef, useState } from "react";
import { cx } from "./cx";
import { useFieldWiring } from "./field";

export const controlClass =
  "w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-text shadow-card " +
  "focus-visible:outline-offset-0 aria-invalid:border-danger disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted";

/** Buttons are read-only too, as CSS sees it. */
const readOnlyClass = "read-only:bg-sunken";

type Native<E extends "input" | "textarea"> = Omit<ComponentProps<E>, "value" | "onChange">;

export interface TextFieldProps extends Native<"input"> {
  value: string;
  onChange: (value: string) => void;
  /** For names, ids and code. */
  mono?: boolean | undefined;
}

export function TextField({ value, onChange, mono, className, ...rest }: TextFieldProps) {
  return (
    <input
      type="text"
      {...useFieldWiring()}
      {...rest}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={cx(controlClass, readOnlyClass, "h-control", mono && "font-mono text-sm", className)}
    />
  );
}

export interface TextAreaProps extends Native<"textarea"> {
  value: string;
  onChange: (value: string) => void;
  mono?: boolean | undefined;
}

/** Grows with its text up to a third of the window. */
export function TextArea({ value, onChange, mono, className, rows = 3, ...rest }: TextAreaProps) {
  return (
    <textarea
      {...useFieldWiring()}
      {...rest}
      rows={rows}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={cx(
        controlClass,
        readOnlyClass,
        "field-sizing-content max-h-[33dvh] min-h-16 py-1.5",
        mono && "font-mono text-sm",
        className,
      )}
    />
  );
}

export interface NumberFieldProps extends Native<"input"> {
  value: number | null;
  /** `null` when it is empty. While the text is no number, nothing is reported. */
  onChange: (value: number | null) => void;
  integer?: boolean | undefined;
  /** Behind the number: "s", "MB". */
  unit?: string | undefined;
}

/** Keeps what is typed ("1.", "-") until it is a number. */
export function NumberField({ value, onChange, integer, unit, className, ...rest }: NumberFieldProps) {
  const wiring = useFieldWiring();
  const [text, setText] = useState(value === null ? "" : String(value));
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    setShown(value);
    if (value !== numberIn(text, integer)) setText(value === null ? "" : String(value));
  }
  const change = (next: string) => {
    setText(next);
    const parsed = numberIn(next, integer);
    if (parsed === undefined) return;
    setShown(parsed);
    onChange(parsed);
  };
  const input = (
    <input
      type="text"
      inputMode={integer ? "numeric" : "decimal"}
      {...wiring}
      {...rest}
      {...(numberIn(text, integer) === undefined ? { "aria-invalid": true } : {})}
      value={text}
      onChange={(event) => change(event.target.value)}
      className={cx(controlClass, "h-control tabular-nums", unit && "pr-9", className)}
    />
  );
  if (!unit) return input;
  return (
    <span className="relative block">
      {input}
      <span
        aria-hidden
        className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-sm text-muted"
      >
        {unit}
      </span>
    </span>
  );
}

function numberIn(text: string, integer: boolean | undefined): number | null | undefined {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) && (!integer || Number.isInteger(value)) ? value : undefined;
}

export interface SearchFieldProps extends Omit<Native<"input">, "type"> {
  /** What it searches, for screen readers. */
  label: string;
  value: string;
  /** After a pause in typing, at once on Enter and on clearing. */
  onChange: (value: string) => void;
  delay?: number | undefined;
  ref?: Ref<HTMLInputElement> | undefined;
}

export function SearchField({
  label,
  value,
  onChange,
  delay = 250,
  className,
  ref,
  ...rest
}: SearchFieldProps) {
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  const timer = useRef<number>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  const report = (next: string, wait: number) => {
    setText(next);
    clearTimeout(timer.current);
    if (wait === 0) onChange(next);
    else timer.current = window.setTimeout(() => onChange(next), wait);
  };
  return (
    <span className={cx("relative block min-w-0", className)}>
      <Search
        aria-hidden
        className="pointer-events-none absolute inset-y-0 left-2.5 my-auto size-4 text-muted"
      />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        {...rest}
        ref={ref}
        value={text}
        onChange={(event) => report(event.target.value, delay)}
        onKeyDown={(event) => {
          if (event.key === "Enter") report(text, 0);
          if (event.key === "Escape" && text !== "") {
            event.preventDefault();
            report("", 0);
          }
        }}
        className={cx(controlClass, "h-control pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      {text === "" ? null : (
        <button
          type="button"
          aria-label="Clear"
          onClick={() => report("", 0)}
          className="absolute inset-y-0 right-1 my-auto flex size-6 items-center justify-center rounded-sm text-muted hover:text-text"
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </span>
  );
}
