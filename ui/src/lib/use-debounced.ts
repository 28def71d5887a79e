import { useEffect, useState } from "react";

/**
 * A value once it has been the same for a moment. The first counts at once. With `key`, values of the same key are
 * the same; for what is made anew each time.
 */
export function useDebounced<T>(value: T, ms: number, key: unknown = value): T {
  const [settled, setSettled] = useState({ value, key });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says whether it is another value
  useEffect(() => {
    if (Object.is(settled.key, key)) return;
    const timer = setTimeout(() => setSettled({ value, key }), ms);
    return () => clearTimeout(timer);
  }, [key, settled, ms]);
  return settled.value;
}
