import { CircleAlert } from "lucide-react";
import { createContext, type ReactNode, useContext, useId } from "react";
import { cx } from "./cx";

interface FieldWiring {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const Wiring = createContext<FieldWiring | undefined>(undefined);

/** What a control inside a Field must spread on its element; empty outside of one. */
export function useFieldWiring() {
  const wiring = useContext(Wiring);
  if (!wiring) return {};
  return {
    id: wiring.id,
    "aria-describedby": wiring.describedBy,
    "aria-invalid": wiring.invalid || undefined,
    "aria-required": wiring.required || undefined,
  };
}

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** Why the value cannot be used. */
  error?: ReactNode;
  required?: boolean | undefined;
  /** The label is read out but not shown; where a column's head already says it. */
  hideLabel?: boolean | undefined;
  /** Right of the label. */
  action?: ReactNode;
  className?: string | undefined;
  /** One control of this system: it is tied to label, hint and error. */
  children: ReactNode;
}

export function Field({
  label,
  hint,
  error,
  required = false,
  hideLabel,
  action,
  className,
  children,
}: FieldProps) {
  const id = useId();
  const described = [error ? `${id}-error` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <div className={cx("flex items-baseline justify-between gap-2", hideLabel && !action && "sr-only")}>
        <label htmlFor={id} className={cx("font-medium", hideLabel && "sr-only")}>
          {label}
          {required ? (
            <span aria-hidden className="text-danger">
              {" *"}
            </span>
          ) : null}
        </label>
        {action}
      </div>
      <Wiring.Provider value={{ id, describedBy: described || undefined, invalid: Boolean(error), required }}>
        {children}
      </Wiring.Provider>
      {error ? (
        <p id={`${id}-error`} className="flex items-start gap-1 text-sm text-danger">
          <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0" />
          <span className="min-w-0 break-words">{error}</span>
        </p>
      ) : null}
      {hint ? (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}
