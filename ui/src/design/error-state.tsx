import { CircleX, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button";
import { CopyButton } from "./copy-button";
import { cx } from "./cx";

/** What is known about an error of any kind; an ApiError has it all. */
export function errorFacts(error: unknown): { message: string; hint?: string; requestId?: string } {
  if (!error || typeof error !== "object") return { message: String(error ?? "Something went wrong.") };
  const { message, hint, requestId } = error as Record<string, unknown>;
  return {
    message: typeof message === "string" && message ? message : "Something went wrong.",
    ...(typeof hint === "string" && hint ? { hint } : {}),
    ...(typeof requestId === "string" && requestId ? { requestId } : {}),
  };
}

export interface ErrorStateProps {
  error: unknown;
  /** What was tried: "The runs could not be loaded." */
  title?: ReactNode;
  onRetry?: (() => unknown) | undefined;
  /** One box in a form or dialog, instead of the place of a page. */
  compact?: boolean | undefined;
  /** More ways out. */
  actions?: ReactNode;
}

export function ErrorState({ error, title, onRetry, compact, actions }: ErrorStateProps) {
  const { message, hint, requestId } = errorFacts(error);
  return (
    <div
      role="alert"
      className={cx(
        "flex gap-3 rounded-lg border border-danger/40 bg-danger-soft text-text",
        compact ? "px-3 py-2.5" : "mx-auto my-8 w-full max-w-2xl px-4 py-4",
      )}
    >
      <CircleX aria-hidden className="mt-0.5 size-4.5 shrink-0 text-danger" />
      <div className="flex min-w-0 grow flex-col gap-1">
        {title ? <p className="font-semibold">{title}</p> : null}
        <p className={cx("break-words", !title && "font-semibold")}>{message}</p>
        {hint ? <p className="break-words">{hint}</p> : null}
        {requestId ? (
          <p className="flex items-center gap-1 text-sm">
            Request <code className="truncate font-mono">{requestId}</code>
            <CopyButton text={requestId} label="Copy request id" />
          </p>
        ) : null}
        {onRetry || actions ? (
          <div className="mt-2 flex flex-wrap gap-2">
            {onRetry ? (
              <Button icon={RotateCw} size="small" onClick={() => void onRetry()}>
                Retry
              </Button>
            ) : null}
            {actions}
          </div>
        ) : null}
      </div>
    </div>
  );
}
