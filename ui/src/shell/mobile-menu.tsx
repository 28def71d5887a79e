import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { IconButton } from "@/design/button";
import { useDialogFocus } from "@/design/use-dialog-focus";
import { closeOverlay } from "./overlays";
import { Brand, Navigation } from "./sidebar";

/** The navigation below 768 px: a sheet from the left. */
export default function MobileMenu() {
  const focus = useDialogFocus();
  return (
    <Dialog.Root open onOpenChange={(open) => open || closeOverlay()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fade-in fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          {...focus}
          className="fade-in fixed inset-y-0 left-0 z-40 flex w-64 max-w-[85vw] flex-col border-r border-line bg-surface shadow-float focus:outline-none"
        >
          <Dialog.Title className="sr-only">Navigation</Dialog.Title>
          <div className="flex h-12 items-center justify-between border-b border-line px-3">
            <Brand />
            <Dialog.Close asChild>
              <IconButton icon={X} label="Close" />
            </Dialog.Close>
          </div>
          <Navigation onNavigate={closeOverlay} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
