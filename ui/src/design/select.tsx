import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { nonce } from "@/lib/nonce";
import { cx } from "./cx";
import { useFieldWiring } from "./field";
import { floatClass, itemClass } from "./surfaces";
import { controlClass } from "./text-field";

export interface SelectOption<T extends string = string> {
  value: T;
  label: ReactNode;
  /** A second line. */
  detail?: ReactNode;
  disabled?: boolean | undefined;
}

export interface SelectProps<T extends string> {
  value: T | undefined;
  onChange: (value: T) => void;
  options: readonly SelectOption<T>[];
  placeholder?: string | undefined;
  /** Its name where no Field gives one. */
  label?: string | undefined;
  disabled?: boolean | undefined;
  className?: string | undefined;
}

/** One of a few. For many, or several: Combobox. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { value, onChange, options, placeholder = "Choose…", label, disabled = false, className } = props;
  const wiring = useFieldWiring();
  return (
    <Radix.Root value={value ?? ""} onValueChange={(next) => onChange(next as T)} disabled={disabled}>
      <Radix.Trigger
        {...wiring}
        aria-label={label}
        className={cx(
          controlClass,
          "flex h-control items-center justify-between gap-2 text-left data-[placeholder]:text-muted",
          className,
        )}
      >
        <span className="truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-muted" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className={cx(
            floatClass,
            "max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden",
          )}
        >
          <Radix.Viewport nonce={nonce} className="p-1">
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled ?? false}
                // Named by all that it says, the detail too.
                aria-labelledby={undefined}
                className={cx(itemClass, "py-1 pr-8 relative")}
              >
                <span className="min-w-0">
                  <Radix.ItemText>{option.label}</Radix.ItemText>
                  {option.detail ? <span className="block text-sm text-muted">{option.detail}</span> : null}
                </span>
                <Radix.ItemIndicator className="absolute right-2">
                  <Check aria-hidden className="size-4 text-accent" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
