import { useRef } from "react";
import { useKeys } from "@/lib/keys";

export const INTERACTIVE =
  "a, button, input, select, textarea, label, summary, [role=checkbox], [tabindex='0']";

/** Follows the link of a row as if it had been clicked itself. */
export function openRow(
  row: Element | null | undefined,
  event?: { ctrlKey: boolean; metaKey: boolean },
): void {
  const link = row?.querySelector("a[data-row-link]") ?? row?.querySelector("a[href]");
  const { ctrlKey = false, metaKey = false } = event ?? {};
  link?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey }));
}

interface Options {
  enabled: boolean;
  count: number;
  scroller: HTMLElement | null;
  scrollTo: (index: number) => void;
  toggle: ((index: number) => void) | undefined;
}

/** j and k move the focus over rows, x selects, Enter opens. */
export function useRowKeys({ enabled, count, scroller, scrollTo, toggle }: Options): void {
  const cursor = useRef(-1);
  const rowAt = (index: number) => scroller?.querySelector<HTMLElement>(`tr[data-index="${index}"]`);
  const current = () => {
    const focused = document.activeElement?.closest("tr[data-index]");
    if (focused && scroller?.contains(focused)) cursor.current = Number(focused.getAttribute("data-index"));
    return cursor.current;
  };
  const move = (step: number) => {
    const next = Math.max(0, Math.min(count - 1, current() + step));
    cursor.current = next;
    const focus = () => rowAt(next)?.focus({ preventScroll: false });
    scrollTo(next);
    if (rowAt(next)) focus();
    else requestAnimationFrame(() => requestAnimationFrame(focus));
  };
  const bindings = [
    { keys: "j", label: "Next row", run: () => move(1) },
    { keys: "k", label: "Previous row", run: () => move(-1) },
    { keys: "Enter", label: "Open row", run: () => openRow(rowAt(current())) },
  ];
  if (toggle) {
    const select = () => {
      const index = current();
      if (index >= 0 && index < count) toggle(index);
    };
    bindings.push({ keys: "x", label: "Select row", run: select });
  }
  useKeys("Table", bindings, enabled && count > 0);
}
