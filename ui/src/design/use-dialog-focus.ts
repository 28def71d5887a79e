import { useRef } from "react";

// A choice of Radix keeps a native <select> beside it, which nobody sees and nobody should land in.
const FIELD = ["input:not([type=hidden])", "textarea", "select"]
  .map((field) => `${field}:not(:disabled, [aria-hidden=true])`)
  .join(", ");

/**
 * Where the focus goes when a dialog opens and when it closes. Ours have no trigger of their own that Radix could give
 * it back to, so without this it would be lost. No field of a dialog has `autoFocus`: it would have the focus before
 * anybody can see where it was.
 */
export function useDialogFocus() {
  const opener = useRef<HTMLElement>(undefined);
  return {
    onOpenAutoFocus: (event: Event) => {
      opener.current = openerOf(document.activeElement);
      focusFirstField(event);
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      // Whoever closed it may have put the focus where it belongs now.
      if (document.activeElement !== document.body) return;
      const last = opener.current?.isConnected
        ? opener.current
        : document.querySelector<HTMLElement>("main h1");
      last?.focus({ preventScroll: true });
    },
  };
}

/** What had the focus; where it was an item of a menu, which is gone by now, the button of the menu. */
function openerOf(focused: Element | null): HTMLElement | undefined {
  const menu = focused?.closest("[role=menu]");
  const button = document.getElementById(menu?.getAttribute("aria-labelledby") ?? "");
  const found = button ?? focused;
  return found instanceof HTMLElement && found !== document.body ? found : undefined;
}

/** The first field, or the dialog itself; not its close button, whose tooltip would open and take the first Escape. */
function focusFirstField(event: Event): void {
  event.preventDefault();
  const content = event.currentTarget as HTMLElement;
  (content.querySelector<HTMLElement>(FIELD) ?? content).focus();
}
