import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./button";
import { cx } from "./cx";
import { useDialogFocus } from "./use-dialog-focus";

const WIDTHS = { small: "max-w-md", medium: "max-w-2xl", large: "max-w-5xl" };

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  width?: keyof typeof WIDTHS | undefined;
  /** Buttons, at the bottom right; they stay in view when the content scrolls. */
  footer?: ReactNode;
  /** A sheet at the right side, for details beside a page. */
  side?: boolean | undefined;
  children?: ReactNode;
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  width = "small",
  footer,
  side,
  children,
}: DialogProps) {
  const focus = useDialogFocus();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fade-in fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          {...focus}
          className={cx(
            "float-in fixed z-40 flex flex-col border border-line bg-surface shadow-float focus:outline-none",
            side
              ? "inset-y-0 right-0 w-full max-w-xl"
              : "inset-x-2 top-[max(0.5rem,8dvh)] mx-auto max-h-[84dvh] rounded-lg",
            side ? "" : WIDTHS[width],
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-2">
            <div className="min-w-0 grow">
              <Radix.Title className="text-lg font-semibold break-words">{title}</Radix.Title>
              {description ? (
                <Radix.Description className="mt-1 text-muted">{description}</Radix.Description>
              ) : null}
            </div>
            <Radix.Close asChild>
              <IconButton icon={X} label="Close" size="small" />
            </Radix.Close>
          </header>
          <div className="min-h-0 grow overflow-y-auto px-5 py-2">{children}</div>
          {footer ? (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
              {footer}
            </footer>
          ) : (
            <div className="h-2" />
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
