import { Inbox, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { CodeBlock } from "./code-block";
import { cx } from "./cx";

export interface EmptyStateProps {
  icon?: LucideIcon | undefined;
  /** One sentence: what is not there. */
  title: ReactNode;
  /** What comes here, or why it is empty. */
  children?: ReactNode;
  /** The exact next command. */
  command?: string | undefined;
  /** Or the button for the next step. */
  action?: ReactNode;
  compact?: boolean | undefined;
}

export function EmptyState({
  icon: Icon = Inbox,
  title,
  children,
  command,
  action,
  compact,
}: EmptyStateProps) {
  return (
    <div
      className={cx(
        "mx-auto flex w-full min-w-0 max-w-lg flex-col items-center gap-2 px-4 text-center",
        compact ? "py-6" : "py-14",
      )}
    >
      {compact ? null : (
        <span className="mb-1 flex size-11 items-center justify-center rounded-full bg-sunken text-muted">
          <Icon aria-hidden className="size-5.5" />
        </span>
      )}
      <p className="font-semibold">{title}</p>
      {children ? <div className="text-muted">{children}</div> : null}
      {command ? <CodeBlock code={command} command wrap label="command" className="mt-2 w-full" /> : null}
      {action ? <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}
