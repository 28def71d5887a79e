import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync("src/design/tokens.css", "utf8");
const pairs = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name, light, dark]) => [name ?? "", [light ?? "", dark ?? ""] as const],
  ),
);

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function colour(name: string, theme: 0 | 1): string {
  if (name.startsWith("#")) return name;
  const pair = pairs.get(name);
  if (!pair) throw new Error(`no colour --${name}`);
  return pair[theme];
}

const GROUNDS = ["bg", "surface", "raised", "sunken", "hover", "selected"];
const STATES = [...pairs.keys()].filter((name) => name.startsWith("state-") && !name.endsWith("-soft"));
const TONES = ["danger", "warning", "success", "info", ...STATES];
const text: [string, string][] = [
  ...["text", "muted", "accent", ...TONES].flatMap((name) =>
    GROUNDS.map((ground): [string, string] => [name, ground]),
  ),
  ...TONES.map((name): [string, string] => [name, `${name}-soft`]),
  ...TONES.map((name): [string, string] => ["text", `${name}-soft`]),
  ["accent", "accent-soft"],
  ["text", "accent-soft"],
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["#ffffff", "danger-fill"],
  ["#ffffff", "danger-fill-hover"],
];

test.each([
  ["light", 0],
  ["dark", 1],
] as const)("text can be read in the %s theme", (_, theme) => {
  const weak = text
    .map(([front, ground]) => ({
      front,
      ground,
      ratio: contrast(colour(front, theme), colour(ground, theme)),
    }))
    .filter(({ ratio }) => ratio < 4.5);
  expect(weak).toEqual([]);
});

test.each([
  ["light", 0],
  ["dark", 1],
] as const)("borders of controls and focus rings can be seen in the %s theme", (_, theme) => {
  const weak = ["line-strong", "focus"]
    .flatMap((front) => GROUNDS.map((ground) => ({ front, ground })))
    .filter(({ front, ground }) => contrast(colour(front, theme), colour(ground, theme)) < 3);
  expect(weak).toEqual([]);
});

test("every state of runs has a colour", () => {
  expect(STATES).toHaveLength(11);
});
