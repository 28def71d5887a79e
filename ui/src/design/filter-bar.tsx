import { ChevronDown, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Choices, type ComboboxOption } from "./combobox";
import { cx } from "./cx";
import { Popover } from "./popover";

/** The row of filters above a table. `onClear` shows "Clear all" when something is set. */
export function FilterBar({
  children,
  onClear,
  actions,
}: {
  children: ReactNode;
  onClear?: (() => void) | undefined;
  actions?: ReactNode;
}) {
  return (
    <search className="flex flex-wrap items-center gap-2">
      {children}
      {onClear ? (
        <Button kind="ghost" icon={X} onClick={onClear}>
          Clear all
        </Button>
      ) : null}
      {actions ? <div className="ml-auto flex items-center gap-2">{actions}</div> : null}
    </search>
  );
}

export interface FilterButtonProps {
  /** "State", "Flow", … */
  label: string;
  /** What is chosen, in words; nothing when the filter is not set. */
  summary?: string | undefined;
  /** The filter leaves these out instead. */
  negated?: boolean | undefined;
  onClear?: (() => void) | undefined;
  open?: boolean | undefined;
  onOpenChange?: ((open: boolean) => void) | undefined;
  /** Controls, in a popover. */
  children: ReactNode;
  flush?: boolean | undefined;
}

/** One filter: a button that tells what is chosen and opens the choice. */
export function FilterButton(props: FilterButtonProps) {
  const { label, summary, negated, onClear, open, onOpenChange, children, flush } = props;
  const isSet = summary !== undefined && summary !== "";
  return (
    <span className={cx("inline-flex max-w-full rounded-md", isSet && "bg-accent-soft")}>
      <Popover
        label={`Filter by ${label}`}
        open={open}
        onOpenChange={onOpenChange}
        className={flush ? "p-0! w-72" : "w-80"}
        trigger={
          <Button
            className={cx(
              "max-w-80 min-w-0 shrink!",
              isSet && "border-transparent! bg-transparent! shadow-none!",
              isSet && onClear && "pr-1.5!",
            )}
          >
            <span className={cx("truncate", isSet && "text-accent")}>
              {isSet ? `${label} ${negated ? "is not" : "is"} ${summary}` : label}
            </span>
            {isSet ? null : <ChevronDown aria-hidden className="size-4 shrink-0 text-muted" />}
          </Button>
        }
      >
        {children}
      </Popover>
      {isSet && onClear ? (
        <button
          type="button"
          aria-label={`Clear filter ${label}`}
          onClick={onClear}
          className="flex w-7 shrink-0 items-center justify-center rounded-md text-accent hover:bg-hover"
        >
          <X aria-hidden className="size-4" />
        </button>
      ) : null}
    </span>
  );
}

export interface ChoiceFilterProps {
  label: string;
  options: readonly ComboboxOption[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** With it, the filter can be turned round: "State is not …". */
  negated?: boolean | undefined;
  onNegate?: ((negated: boolean) => void) | undefined;
  onSearch?: ((text: string) => void) | undefined;
  loading?: boolean | undefined;
  allowCustom?: boolean | undefined;
}

/** A filter by some of many values. */
export function ChoiceFilter({
  label,
  options,
  value,
  onChange,
  negated,
  onNegate,
  ...rest
}: ChoiceFilterProps) {
  const [open, setOpen] = useState(false);
  const labelOf = (each: string) => options.find((option) => option.value === each)?.label ?? each;
  const choose = (each: string) =>
    onChange(value.includes(each) ? value.filter((other) => other !== each) : [...value, each]);
  return (
    <FilterButton
      label={label}
      summary={value.map(labelOf).join(negated ? " nor " : " or ")}
      negated={negated}
      onClear={() => onChange([])}
      open={open}
      onOpenChange={setOpen}
      flush
    >
      <Choices {...rest} multiple label={label} options={options} chosen={value} choose={choose} />
      {onNegate ? (
        <div className="flex gap-1 border-t border-line p-1.5">
          <Mode active={!negated} onClick={() => onNegate(false)}>
            is any of
          </Mode>
          <Mode active={Boolean(negated)} onClick={() => onNegate(true)}>
            is none of
          </Mode>
        </div>
      ) : null}
    </FilterButton>
  );
}

function Mode({ active, onClick, children }: { active: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-pressed={active}
      onClick={onClick}
      className={cx(
        "h-7 grow rounded-md text-sm",
        active ? "bg-accent-soft font-medium text-accent" : "hover:bg-hover",
      )}
    >
      {children}
    </button>
  );
}
