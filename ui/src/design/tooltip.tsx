import { Portal, Slot } from "radix-ui";
import { DismissableLayer, Popper } from "radix-ui/internal";
import {
  type FocusEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useState,
} from "react";

const OPEN_MS = 350;
/** Whoever has just read one is looking for the next. */
const SKIP_MS = 200;
/** Time to move the pointer from the element into the tooltip, which may be read and copied from. */
const GRACE_MS = 120;
const ID = "tooltip";

// A page has hundreds of elements with a tooltip, and shows one at a time: so there is one turn for all of them, and
// until it is its own, a tooltip is some listeners.
let timer: ReturnType<typeof setTimeout> | undefined;
let expected: Element | undefined;
let hideShown: (() => void) | undefined;
let hiddenAt = Number.NEGATIVE_INFINITY;

function stay(): void {
  clearTimeout(timer);
  expected = undefined;
}

function hide(): void {
  stay();
  if (!hideShown) return;
  hideShown();
  hideShown = undefined;
  hiddenAt = Date.now();
}

function hideSoon(): void {
  stay();
  timer = setTimeout(hide, GRACE_MS);
}

function isReading(): boolean {
  return hideShown !== undefined || Date.now() - hiddenAt < SKIP_MS;
}

export interface TooltipProps {
  text: ReactNode;
  side?: "top" | "right" | "bottom" | "left" | undefined;
  /** One element that can be hovered and focused. */
  children: ReactElement;
}

/** A few words about an element; never the only place where something important is said. */
export function Tooltip({ text, side = "top", children }: TooltipProps) {
  const [element, setElement] = useState<Element | null>(null);
  if (text === undefined || text === null || text === "") return children;
  const show = (target: Element, after: number) => {
    if (target === expected) return;
    stay();
    if (target === element) return;
    expected = target;
    timer = setTimeout(() => {
      hide();
      hideShown = () => setElement(null);
      setElement(target);
    }, after);
  };
  return (
    <>
      <Slot.Root
        {...(element ? { "aria-describedby": ID } : {})}
        onPointerMove={({ pointerType, currentTarget }: PointerEvent) => {
          if (pointerType !== "touch") show(currentTarget, isReading() ? 0 : OPEN_MS);
        }}
        onPointerLeave={hideSoon}
        onPointerDown={({ currentTarget }: PointerEvent) => {
          // Who presses what can't be pressed wants to read why.
          if (currentTarget.getAttribute("aria-disabled") !== "true") hide();
        }}
        onFocus={({ currentTarget }: FocusEvent) => {
          if (currentTarget.matches(":focus-visible")) show(currentTarget, 0);
        }}
        onBlur={({ currentTarget }: FocusEvent) => {
          if (currentTarget === element || currentTarget === expected) hide();
        }}
      >
        {children}
      </Slot.Root>
      {element ? (
        <Bubble element={element} side={side}>
          {text}
        </Bubble>
      ) : null}
    </>
  );
}

interface BubbleProps {
  element: Element;
  side: NonNullable<TooltipProps["side"]>;
  children: ReactNode;
}

function Bubble({ element, side, children }: BubbleProps) {
  useEffect(() => {
    const onScroll = ({ target }: Event) => {
      if (target instanceof Node && target.contains(element)) hide();
    };
    addEventListener("scroll", onScroll, { capture: true, passive: true });
    return () => removeEventListener("scroll", onScroll, { capture: true });
  }, [element]);
  return (
    <Popper.Root>
      <Popper.Anchor virtualRef={{ current: element }} />
      <Portal.Root>
        <DismissableLayer.Root asChild onDismiss={hide} onInteractOutside={(event) => event.preventDefault()}>
          <Popper.Content
            id={ID}
            role="tooltip"
            side={side}
            sideOffset={6}
            collisionPadding={8}
            onPointerEnter={stay}
            onPointerLeave={hideSoon}
            className="fade-in z-50 max-w-80 rounded-md bg-text px-2 py-1 text-xs text-bg shadow-float break-words"
          >
            {children}
          </Popper.Content>
        </DismissableLayer.Root>
      </Portal.Root>
    </Popper.Root>
  );
}
