import { expect, test } from "vitest";
import { declared } from "./fixtures";
import { isLocked, lockOf } from "./locks";

const env = (keys: { allow?: string[] | null; deny?: string[] }) =>
  declared("env", {}, { env_keys: { allow: keys.allow ?? null, deny: keys.deny ?? [] } });

test.each<[string, ReturnType<typeof env>, string | undefined, boolean, boolean]>([
  ["free", declared("image"), undefined, false, false],
  ["never", declared("image", {}, { overridable: "never" }), undefined, true, true],
  ["deployments alone", declared("image", {}, { overridable: "deployment" }), undefined, false, true],
  ["a name that is denied", env({ deny: ["LD_*"] }), "LD_PRELOAD", true, true],
  ["one beside it", env({ deny: ["LD_*"] }), "OLD_X", false, false],
  ["a name that is not allowed", env({ allow: ["APP_?"] }), "APP_12", true, true],
  ["one that is", env({ allow: ["APP_?", "[A-C]*"] }), "APP_1", false, false],
  ["allowed and denied", env({ allow: ["*"], deny: ["[!A-Z]*"] }), "path", true, true],
  ["dots are dots", env({ deny: ["a.b"] }), "axb", false, false],
])("%s", (_, declaration, key, deployment, run) => {
  const lock = lockOf(declaration, key);
  expect([isLocked(lock, "pool"), isLocked(lock, "deployment"), isLocked(lock, "run")]).toEqual([
    false,
    deployment,
    run,
  ]);
});
