import { useEffect, useRef } from "react";
import { createStore, useStore } from "@/lib/store";

/** A key or sequence ("x", "g r", "shift+x", "mod+k") and what it does. `mod` is ⌘ on a Mac, Ctrl elsewhere. */
export interface KeyBinding {
  keys: string;
  label: string;
  run: (event: KeyboardEvent) => void;
}
export interface KeyGroup {
  name: string;
  bindings: readonly KeyBinding[];
}

const SEQUENCE_MS = 1200;
const groups = createStore<readonly KeyGroup[]>([]);
let typed: string[] = [];
let typedAt = 0;

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const mod = isMac ? event.metaKey : event.ctrlKey;
  // Shift is part of what "?" is; for letters and named keys it makes another key.
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  return `${mod ? "mod+" : ""}${shift ? "shift+" : ""}${key}`;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    (target.matches("input, textarea, select") && !target.matches("[type=checkbox], [type=radio]"))
  );
}

/** Whether the focused thing has a use of its own for the key: Enter on a link, arrows in a menu, all in a dialog. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("[role=menu], [role=listbox], [role=dialog], [role=alertdialog]")) return true;
  const acts = target.closest(
    "a, button, summary, [role=tab], [role=checkbox], [role=switch], [type=checkbox]",
  );
  return Boolean(acts) && (event.key === "Enter" || event.key === " ");
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Meta", "Alt"].includes(event.key))
    return;
  const name = nameOf(event);
  const isCombination = name.startsWith("mod+");
  if (!isCombination && (event.ctrlKey || event.metaKey || event.altKey)) return;
  if (!isCombination && (isTyping(event.target) || isTaken(event))) return;
  typed = event.timeStamp - typedAt > SEQUENCE_MS ? [name] : [...typed.slice(-1), name];
  typedAt = event.timeStamp;
  // The last that came wins: a table over the page, a widget over the table.
  const all = groups
    .get()
    .flatMap((group) => group.bindings)
    .reverse();
  const match = all.find(({ keys }) => keys === typed.join(" ")) ?? all.find(({ keys }) => keys === name);
  if (!match) return;
  event.preventDefault();
  typed = [];
  match.run(event);
}

/** Listens for the whole page; once, from the shell. Returns how to stop. */
export function listenForKeys(): () => void {
  addEventListener("keydown", handleKey);
  return () => removeEventListener("keydown", handleKey);
}

export function registerKeys(name: string, bindings: readonly KeyBinding[]): () => void {
  const group = { name, bindings };
  groups.set((before) => [...before, group]);
  return () => groups.set((before) => before.filter((other) => other !== group));
}

/** Binds keys while the component is there. `bindings` may be new on every render; the keys must not be. */
export function useKeys(name: string, bindings: readonly KeyBinding[], enabled = true): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  const signature = bindings.map(({ keys, label }) => `${keys}\t${label}`).join("\n");
  useEffect(() => {
    if (!enabled || signature === "") return;
    const stable = signature.split("\n").map((line, index) => {
      const [keys = "", label = ""] = line.split("\t");
      return { keys, label, run: (event: KeyboardEvent) => latest.current[index]?.run(event) };
    });
    return registerKeys(name, stable);
  }, [name, signature, enabled]);
}

/** Everything that is bound now, for the overlay that `?` opens. */
export function useKeyGroups(): readonly KeyGroup[] {
  return useStore(groups);
}

const SYMBOLS: Record<string, string> = {
  mod: isMac ? "⌘" : "Ctrl",
  shift: "⇧",
  Enter: "↵",
  Escape: "Esc",
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
};

/** "g r" → [["g"], ["r"]], "mod+k" → [["⌘", "K"]]: each step with the keys that are pressed together. */
export function keySteps(keys: string): string[][] {
  return keys.split(" ").map((step) => {
    const together = step.split("+");
    return together.map((key) => SYMBOLS[key] ?? (together.length > 1 ? key.toUpperCase() : key));
  });
}
