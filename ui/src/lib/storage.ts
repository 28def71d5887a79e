// localStorage that never throws: it may be full, forbidden, or hold what another version wrote.

const PREFIX = "penstock.";

export function readStored(key: string): unknown {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // What is not kept is asked again; nothing else depends on it.
  }
}

/** Calls when another tab changes the value. Returns how to stop. */
export function onStored(key: string, changed: (value: unknown) => void): () => void {
  const listen = (event: StorageEvent) => {
    if (event.key === PREFIX + key) changed(readStored(key));
  };
  addEventListener("storage", listen);
  return () => removeEventListener("storage", listen);
}
