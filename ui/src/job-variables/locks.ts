import { type Declaration, isObject } from "./json";

/** Up to which level a variable may be overridden, and why not above. */
export interface Lock {
  /** The highest layer that may still set it; "pool" where nobody but the pool may. */
  upTo: "pool" | "deployment";
  reason: string;
}

/** What the pool's template says of who may override: `x-overridable`, and `x-env-keys` for keys. */
export function lockOf(declaration: Declaration | undefined, key?: string): Lock | undefined {
  const schema = declaration?.schema ?? {};
  const overridable = schema["x-overridable"];
  if (overridable === "never") return { upTo: "pool", reason: "locked by the pool" };
  const keys = schema["x-env-keys"];
  if (key !== undefined && isObject(keys)) {
    const denied = Array.isArray(keys.deny) && keys.deny.includes(key);
    const allowed = !Array.isArray(keys.allow) || keys.allow.includes(key);
    if (denied || !allowed) return { upTo: "pool", reason: "the pool does not let this key be set" };
  }
  if (overridable === "deployment") return { upTo: "deployment", reason: "set by deployments, not by runs" };
  return undefined;
}

export function isLocked(lock: Lock | undefined, layer: string): boolean {
  if (!lock || layer === "pool") return false;
  return lock.upTo === "pool" || layer !== "deployment";
}
