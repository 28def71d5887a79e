import { ChevronDown } from "lucide-react";
import { cx } from "@/design/cx";

export interface QuietSelectProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  disabled?: boolean | undefined;
  /** It is what is meant where nothing is said. */
  isUsual?: boolean | undefined;
}

/** A choice in a cell of a table: text until somebody goes there. */
export function QuietSelect<T extends string>(props: QuietSelectProps<T>) {
  const { label, value, options, onChange, disabled = false, isUsual = false } = props;
  return (
    <span className="relative -ml-1.5 flex min-w-0 items-center">
      <select
        aria-label={label}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value as T)}
        className={cx(
          "peer h-7 w-full min-w-0 appearance-none truncate rounded-md border border-transparent bg-transparent pr-5 pl-1.5 text-sm",
          disabled ? "cursor-not-allowed" : "cursor-pointer hover:border-line-strong hover:bg-surface",
          isUsual ? "text-muted" : "text-text",
        )}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} className="bg-raised text-text">
            {option.label}
          </option>
        ))}
      </select>
      {disabled ? null : (
        <ChevronDown
          aria-hidden
          className="pointer-events-none absolute right-1 size-3.5 text-muted opacity-60"
        />
      )}
    </span>
  );
}
