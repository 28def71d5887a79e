import { type ReactNode, useId } from "react";
import { cx } from "./cx";

export interface CardProps {
  title?: ReactNode;
  /** Right of the title. */
  actions?: ReactNode;
  /** No padding around the content: for tables and lists. */
  flush?: boolean | undefined;
  className?: string | undefined;
  children?: ReactNode;
}

export function Card({ title, actions, flush, className, children }: CardProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={title ? id : undefined}
      className={cx("min-w-0 rounded-lg border border-line bg-surface shadow-card", className)}
    >
      {title || actions ? (
        <header className={cx("flex min-h-11 items-center gap-3 px-4 py-2", flush && "border-b border-line")}>
          {title ? (
            <h2 id={id} className="min-w-0 grow truncate font-semibold">
              {title}
            </h2>
          ) : null}
          {actions}
        </header>
      ) : null}
      <div className={cx(!flush && "px-4 pb-4", !flush && !title && !actions && "pt-4")}>{children}</div>
    </section>
  );
}

export interface SectionProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  className?: string | undefined;
  children?: ReactNode;
}

/** A part of a page without a box around it. */
export function Section({ title, description, actions, className, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cx("flex min-w-0 flex-col gap-3", className)}>
      <header className="flex flex-wrap items-end justify-between gap-2">
        <div className="min-w-0">
          <h2 id={id} className="text-lg font-semibold">
            {title}
          </h2>
          {description ? <p className="text-muted">{description}</p> : null}
        </div>
        {actions ? <div className="flex items-center gap-2">{actions}</div> : null}
      </header>
      {children}
    </section>
  );
}
