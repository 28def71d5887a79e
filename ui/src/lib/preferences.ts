import { onStored, readStored, writeStored } from "@/lib/storage";
import { createStore, useStore } from "@/lib/store";

/** How this person likes to look at things; kept in this browser. */
export interface Preferences {
  theme: "system" | "light" | "dark";
  density: "comfortable" | "compact";
  zone: "local" | "utc";
  sidebar: "open" | "narrow";
}

const CHOICES: { [K in keyof Preferences]: readonly [Preferences[K], ...Preferences[K][]] } = {
  theme: ["system", "light", "dark"],
  density: ["comfortable", "compact"],
  zone: ["local", "utc"],
  sidebar: ["open", "narrow"],
};

function usable(stored: unknown): Preferences {
  const given = (stored && typeof stored === "object" ? stored : {}) as Record<string, unknown>;
  const pick = <K extends keyof Preferences>(key: K): Preferences[K] =>
    CHOICES[key].find((choice) => choice === given[key]) ?? CHOICES[key][0];
  return { theme: pick("theme"), density: pick("density"), zone: pick("zone"), sidebar: pick("sidebar") };
}

export const preferences = createStore<Preferences>(usable(readStored("preferences")));

function show({ theme, density }: Preferences): void {
  const { classList, dataset } = document.documentElement;
  classList.toggle("light", theme === "light");
  classList.toggle("dark", theme === "dark");
  dataset.density = density;
}

show(preferences.get());
preferences.subscribe(() => show(preferences.get()));
onStored("preferences", (value) => preferences.set(usable(value)));

export function setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  preferences.set((before) => ({ ...before, [key]: value }));
  writeStored("preferences", preferences.get());
}

export function usePreferences(): Preferences {
  return useStore(preferences);
}
