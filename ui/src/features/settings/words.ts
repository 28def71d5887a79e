import type { EffectiveSetting } from "./queries";

/** A setting's value in one line: text as it is, nothing as a dash, the rest as JSON. */
export function wordsFor(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.map(wordsFor).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Settings whose name, variable or origin has every word of the text. */
export function settingsThat(
  settings: readonly EffectiveSetting[],
  { text, changed }: { text: string; changed: boolean },
): EffectiveSetting[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return settings.filter((setting) => {
    const told = `${setting.name} ${setting.variable} ${setting.origin}`.toLowerCase();
    return !(changed && setting.is_default) && words.every((word) => told.includes(word));
  });
}
