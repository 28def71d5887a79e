import { Check, ChevronDown, LoaderCircle, Plus } from "lucide-react";
import { Popover as Radix } from "radix-ui";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { cx } from "./cx";
import { useFieldWiring } from "./field";
import { floatClass } from "./surfaces";
import { controlClass } from "./text-field";

export interface ComboboxOption {
  value: string;
  label: string;
  detail?: ReactNode;
  icon?: ReactNode;
}

interface Common {
  options: readonly ComboboxOption[];
  placeholder?: string | undefined;
  /** Its name where no Field gives one, and that of its list. */
  label: string;
  /** Called with what is typed; then `options` are what was found, and are not filtered again. */
  onSearch?: ((text: string) => void) | undefined;
  loading?: boolean | undefined;
  /** What is typed may be chosen although no option has it. */
  allowCustom?: boolean | undefined;
  disabled?: boolean | undefined;
  className?: string | undefined;
}

export type ComboboxProps = Common &
  (
    | { multiple?: false | undefined; value: string | undefined; onChange: (value: string) => void }
    | { multiple: true; value: readonly string[]; onChange: (value: string[]) => void }
  );

/** One or several of many: type to filter, arrows and Enter to choose. */
export function Combobox(props: ComboboxProps) {
  const { options, placeholder = "Choose…", label, disabled = false, className } = props;
  const [open, setOpen] = useState(false);
  const wiring = useFieldWiring();
  const chosen = props.multiple ? props.value : props.value ? [props.value] : [];
  const labelOf = (value: string) => options.find((option) => option.value === value)?.label ?? value;
  const choose = (value: string) => {
    if (!props.multiple) {
      props.onChange(value);
      setOpen(false);
    } else if (props.value.includes(value)) props.onChange(props.value.filter((other) => other !== value));
    else props.onChange([...props.value, value]);
  };
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild>
        <button
          type="button"
          {...wiring}
          disabled={disabled}
          aria-label={wiring.id ? undefined : `${label}: ${chosen.map(labelOf).join(", ") || placeholder}`}
          aria-haspopup="listbox"
          className={cx(
            controlClass,
            "flex h-control items-center justify-between gap-2 text-left",
            className,
          )}
        >
          <span className={cx("truncate", chosen.length === 0 && "text-muted")}>
            {chosen.length === 0 ? placeholder : chosen.map(labelOf).join(", ")}
          </span>
          <ChevronDown aria-hidden className="size-4 shrink-0 text-muted" />
        </button>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className={cx(
            floatClass,
            "flex w-72 max-w-[calc(100vw-1rem)] min-w-(--radix-popover-trigger-width) flex-col",
          )}
        >
          <Choices {...props} chosen={chosen} choose={choose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The filter and list of a combobox, for use in a popover of one's own. */
export function Choices(
  props: Common & {
    multiple?: boolean | undefined;
    chosen: readonly string[];
    choose: (value: string) => void;
  },
) {
  const { options, label, onSearch, loading, allowCustom, multiple, chosen, choose } = props;
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const wanted = text.trim().toLowerCase();
  const found = onSearch ? options : options.filter((option) => matches(option, wanted));
  const isNew = allowCustom && wanted !== "" && !options.some((option) => option.value === text.trim());
  const rows: ComboboxOption[] = isNew
    ? [...found, { value: text.trim(), label: `Use “${text.trim()}”` }]
    : [...found];
  const active = Math.min(at, rows.length - 1);
  const search = (next: string) => {
    setText(next);
    setAt(0);
    onSearch?.(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((active + step + rows.length) % Math.max(rows.length, 1));
    else if (event.key === "Enter") {
      const row = rows[active];
      if (row) choose(row.value);
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-label={`Filter ${label}`}
        aria-activedescendant={rows[active] ? `${id}-${active}` : undefined}
        autoComplete="off"
        placeholder="Type to filter…"
        value={text}
        onChange={(event) => search(event.target.value)}
        onKeyDown={onKeyDown}
        className="h-9 w-full rounded-t-lg border-b border-line bg-transparent px-3 focus-visible:outline-offset-[-2px]"
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        aria-multiselectable={multiple || undefined}
        className="max-h-72 overflow-y-auto p-1"
      >
        {rows.slice(0, 200).map((option, index) => (
          <Row
            key={option.value}
            id={`${id}-${index}`}
            option={option}
            active={index === active}
            chosen={chosen.includes(option.value)}
            custom={isNew && index === found.length}
            onPoint={() => setAt(index)}
            onChoose={() => choose(option.value)}
          />
        ))}
      </div>
      <p
        role="status"
        className={cx("px-3 pb-2 text-sm text-muted", rows.length > 0 && !loading && "sr-only")}
      >
        {loading ? (
          <span className="inline-flex items-center gap-1.5">
            <LoaderCircle aria-hidden className="size-3.5 spin-slow" /> Searching…
          </span>
        ) : rows.length === 0 ? (
          "Nothing matches."
        ) : (
          `${rows.length} found`
        )}
      </p>
    </>
  );
}

function matches({ label, value }: ComboboxOption, wanted: string): boolean {
  return label.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted);
}

interface RowProps {
  id: string;
  option: ComboboxOption;
  active: boolean;
  chosen: boolean;
  custom: boolean | undefined;
  onPoint: () => void;
  onChoose: () => void;
}

function Row({ id, option, active, chosen, custom, onPoint, onChoose }: RowProps) {
  const scrollTo = (element: HTMLDivElement | null) => {
    if (active) element?.scrollIntoView?.({ block: "nearest" });
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the focus and the keys
    // biome-ignore lint/a11y/useFocusableInteractive: it is named by aria-activedescendant
    <div
      ref={scrollTo}
      id={id}
      role="option"
      aria-selected={chosen}
      onMouseMove={onPoint}
      onClick={onChoose}
      className={cx(
        "flex min-h-8 cursor-default items-center gap-2 rounded-md px-2 py-1",
        active && "bg-hover",
      )}
    >
      <span className="flex size-4 shrink-0">
        {chosen ? <Check aria-hidden className="size-4 text-accent" /> : null}
        {custom ? <Plus aria-hidden className="size-4 text-muted" /> : null}
      </span>
      {option.icon}
      <span className="min-w-0 grow">
        <span className="block truncate">{option.label}</span>
        {option.detail ? <span className="block truncate text-sm text-muted">{option.detail}</span> : null}
      </span>
    </div>
  );
}
