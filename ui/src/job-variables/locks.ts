import type { Declaration } from "./json";

/** Up to which level a variable may be overridden, and why not above. */
export interface Lock {
  /** The highest layer that may still set it; "pool" where nobody but the pool may. */
  upTo: "pool" | "deployment";
  reason: string;
}

type EnvKeys = NonNullable<Declaration["env_keys"]>;

/** What the pool's template says of who may override a variable, and of which keys of the environment. */
export function lockOf(declaration: Declaration | undefined, key?: string): Lock | undefined {
  if (!declaration) return undefined;
  if (declaration.overridable === "never") {
    return { upTo: "pool", reason: "Locked by the pool: neither deployments nor runs may set it." };
  }
  if (key !== undefined && declaration.env_keys && !allows(declaration.env_keys, key)) {
    return { upTo: "pool", reason: "The pool does not let deployments and runs set this name." };
  }
  if (declaration.overridable === "deployment") {
    return { upTo: "deployment", reason: "Locked for runs: the pool and deployments set it." };
  }
  return undefined;
}

export function isLocked(lock: Lock | undefined, layer: string): boolean {
  if (!lock || layer === "pool") return false;
  return lock.upTo === "pool" || layer !== "deployment";
}

/** What is denied stays denied. */
function allows({ allow, deny = [] }: EnvKeys, name: string): boolean {
  const meets = (pattern: string) => shellPattern(pattern).test(name);
  return !deny.some(meets) && (!allow || allow.some(meets));
}

/** A pattern as of a shell: `*`, `?`, `[a-z]`, `[!a-z]`. */
function shellPattern(pattern: string): RegExp {
  const body = pattern.replace(
    /\[([!^]?)([^\]]+)\]|[\s\S]/g,
    (letter, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not ? "^" : ""}${set.replaceAll("\\", "\\\\")}]`;
      if (letter === "*") return "[\\s\\S]*";
      return letter === "?" ? "[\\s\\S]" : letter.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
    },
  );
  return new RegExp(`^${body}$`, "u");
}
