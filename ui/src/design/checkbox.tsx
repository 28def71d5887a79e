import { Check, Minus } from "lucide-react";
import { Checkbox as Radix } from "radix-ui";
import { type MouseEvent, type ReactNode, useId } from "react";
import { cx } from "./cx";
import { useFieldWiring } from "./field";

export interface CheckboxProps {
  checked: boolean | "indeterminate";
  onChange: (checked: boolean) => void;
  label: ReactNode;
  hint?: ReactNode;
  /** The label is read out but not shown. */
  hideLabel?: boolean | undefined;
  disabled?: boolean | undefined;
  onClick?: ((event: MouseEvent) => void) | undefined;
}

export function Checkbox({
  checked,
  onChange,
  label,
  hint,
  hideLabel,
  disabled = false,
  onClick,
}: CheckboxProps) {
  const own = useId();
  const wiring = useFieldWiring();
  const id = wiring.id ?? own;
  return (
    <span className="inline-flex items-start gap-2 align-middle">
      <Radix.Root
        {...wiring}
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(next) => onChange(next === true)}
        onClick={onClick}
        aria-describedby={hint ? `${id}-hint` : wiring["aria-describedby"]}
        className={cx(
          "relative flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-surface",
          "before:absolute before:-inset-1 before:content-['']",
          "data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=checked]:text-on-accent",
          "data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent data-[state=indeterminate]:text-on-accent",
          "disabled:cursor-not-allowed disabled:opacity-55",
          !hideLabel && "mt-0.75",
        )}
      >
        <Radix.Indicator>
          {checked === "indeterminate" ? (
            <Minus aria-hidden className="size-3.5" strokeWidth={3} />
          ) : (
            <Check aria-hidden className="size-3.5" strokeWidth={3} />
          )}
        </Radix.Indicator>
      </Radix.Root>
      <span className={cx("min-w-0", hideLabel && "sr-only")}>
        <label htmlFor={id}>{label}</label>
        {hint ? (
          <span id={`${id}-hint`} className="block text-sm text-muted">
            {hint}
          </span>
        ) : null}
      </span>
    </span>
  );
}
