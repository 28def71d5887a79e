import { useEffect, useState } from "react";

/** The value once it has not changed for a while. */
export function useSettled<T>(value: T, key: string, wait: number): T {
  const [settled, settle] = useState({ value, key });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says whether it is another value
  useEffect(() => {
    const timer = setTimeout(() => settle({ value, key }), wait);
    return () => clearTimeout(timer);
  }, [key, wait]);
  return settled.value;
}
