import { Tooltip as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

/** Once, around the application. */
export const TooltipProvider = ({ children }: { children: ReactNode }) => (
  <Radix.Provider delayDuration={350} skipDelayDuration={200}>
    {children}
  </Radix.Provider>
);

export interface TooltipProps {
  text: ReactNode;
  side?: "top" | "right" | "bottom" | "left" | undefined;
  /** One element that can be hovered and focused. */
  children: ReactElement;
}

/** A few words about an element; never the only place where something important is said. */
export function Tooltip({ text, side = "top", children }: TooltipProps) {
  if (text === undefined || text === null || text === "") return children;
  return (
    <Radix.Provider delayDuration={350} skipDelayDuration={200}>
      <Radix.Root>
        <Radix.Trigger asChild>{children}</Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            side={side}
            sideOffset={6}
            collisionPadding={8}
            className="fade-in z-50 max-w-80 rounded-md bg-text px-2 py-1 text-xs text-bg shadow-float break-words"
          >
            {text}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  );
}
