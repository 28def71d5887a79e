import { describe, expect, it } from "vitest";
import type { EffectiveSetting } from "./queries";
import { settingsThat, wordsFor } from "./words";

const setting = (name: string, more: Partial<EffectiveSetting> = {}): EffectiveSetting => ({
  name,
  variable: `PENSTOCK_${name.replaceAll(".", "_").toUpperCase()}`,
  value: 1,
  default: 1,
  is_default: true,
  is_set: true,
  origin: "default",
  secret: false,
  ...more,
});

describe("wordsFor", () => {
  it.each([
    [null, "–"],
    ["", "–"],
    [[], "–"],
    ["a b", "a b"],
    [0, "0"],
    [false, "false"],
    [["a", "b"], "a, b"],
    [{ a: 1 }, '{"a":1}'],
  ])("%j is %s", (value, words) => expect(wordsFor(value)).toBe(words));
});

describe("settingsThat", () => {
  const port = setting("server.api.port", { is_default: false, origin: "environment" });
  const host = setting("server.api.host");
  const all = [port, host];
  it("takes every word, in name, variable or origin", () => {
    expect(settingsThat(all, { text: "api PORT", changed: false })).toEqual([port]);
    expect(settingsThat(all, { text: "environment", changed: false })).toEqual([port]);
    expect(settingsThat(all, { text: "PENSTOCK_SERVER", changed: false })).toEqual(all);
  });
  it("leaves defaults out when only what differs is wanted", () => {
    expect(settingsThat(all, { text: "", changed: true })).toEqual([port]);
  });
});
