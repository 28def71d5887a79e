import { Switch as Radix } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cx } from "./cx";

export interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: ReactNode;
  hideLabel?: boolean | undefined;
  disabled?: boolean | undefined;
}

/** For what takes effect at once; what is saved with a form is a Checkbox. */
export function Switch({ checked, onChange, label, hideLabel, disabled = false }: SwitchProps) {
  const id = useId();
  return (
    <span className="inline-flex items-center gap-2">
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className={cx(
          "relative h-5 w-9 shrink-0 rounded-full border border-line-strong bg-sunken transition-colors",
          "data-[state=checked]:border-accent data-[state=checked]:bg-accent disabled:cursor-not-allowed disabled:opacity-55",
        )}
      >
        <Radix.Thumb
          className={cx(
            "block size-3.5 translate-x-0.5 rounded-full bg-line-strong transition-transform",
            "data-[state=checked]:translate-x-4.5 data-[state=checked]:bg-on-accent",
          )}
        />
      </Radix.Root>
      <label htmlFor={id} className={cx(hideLabel && "sr-only")}>
        {label}
      </label>
    </span>
  );
}
