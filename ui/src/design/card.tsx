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
