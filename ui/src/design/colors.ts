import { useSyncExternalStore } from "react";
import { preferences } from "@/lib/preferences";

/** What a colour of the tokens is now, as rgb(): for a canvas, which knows no variables. Ask again when the theme changes. */
export function resolveColor(color: string): string {
  const probe = document.createElement("span");
  probe.style.color = color.startsWith("--") ? `var(${color})` : color;
  probe.hidden = true;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

const darkScheme = "(prefers-color-scheme: dark)";

function subscribe(changed: () => void): () => void {
  const system = matchMedia(darkScheme);
  const unsubscribe = preferences.subscribe(changed);
  system.addEventListener("change", changed);
  return () => {
    unsubscribe();
    system.removeEventListener("change", changed);
  };
}

function current(): "light" | "dark" {
  const { theme } = preferences.get();
  if (theme !== "system") return theme;
  return matchMedia(darkScheme).matches ? "dark" : "light";
}

/** The theme that is shown now; for what paints with resolved colours. */
export function useTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, current, current);
}
