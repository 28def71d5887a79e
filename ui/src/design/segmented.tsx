import type { LucideIcon } from "lucide-react";
import { useId } from "react";
import { cx } from "./cx";

export interface SegmentedProps<T extends string> {
  /** What is chosen. */
  label: string;
  hideLabel?: boolean | undefined;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: string; icon?: LucideIcon | undefined }[];
  className?: string | undefined;
}

/** One of two to four, all in view. */
export function Segmented<T extends string>(props: SegmentedProps<T>) {
  const { label, hideLabel, value, onChange, options, className } = props;
  const name = useId();
  return (
    <fieldset className={cx("min-w-0", className)}>
      <legend className={cx("mb-1 text-sm text-muted", hideLabel && "sr-only")}>{label}</legend>
      <div className="flex rounded-md border border-line bg-sunken p-0.5">
        {options.map(({ value: each, label: text, icon: Icon }) => (
          <label
            key={each}
            className={cx(
              "flex h-7 grow cursor-pointer items-center justify-center gap-1.5 rounded-sm px-2.5 text-sm whitespace-nowrap",
              "has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-focus",
              each === value ? "bg-raised font-medium text-text shadow-card" : "text-muted hover:text-text",
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={each === value}
              onChange={() => onChange(each)}
            />
            {Icon ? <Icon aria-hidden className="size-3.5" /> : null}
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
