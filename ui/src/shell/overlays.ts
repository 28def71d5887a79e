import { createStore } from "@/lib/store";

/** Which of the shell's own overlays is open, and what the palette starts with. */
export interface Overlay {
  shown: "palette" | "keys" | "menu" | undefined;
  text: string;
}

export const overlay = createStore<Overlay>({ shown: undefined, text: "" });

export function openPalette(text = ""): void {
  overlay.set({ shown: "palette", text });
}
export function closeOverlay(): void {
  overlay.set({ shown: undefined, text: "" });
}
