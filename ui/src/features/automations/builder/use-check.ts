import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { printJson } from "@/lib/exact-json";
import { useDebounced } from "@/lib/use-debounced";
import type { Problem } from "@/schema-form/problems";
import { type Draft, missing, unreadable } from "../draft";
import { problemsOf } from "../problems";
import { checkQuery } from "../queries";

const PAUSE_MS = 300;

export interface Checked {
  problems: readonly Problem[];
  /** Why it can't be saved now; undefined where it can. */
  reason: string | undefined;
  checking: boolean;
  /** The server could not be asked. */
  failure: unknown;
  retry: () => void;
}

/** What is wrong with the draft: what can be told here, else what the server says of it as it is typed. */
export function useCheck(draft: Draft): Checked {
  const text = printJson(draft.value);
  const settled = useDebounced(draft.value, PAUSE_MS, text);
  const isSettled = printJson(settled) === text;
  const own = useMemo((): Problem[] => {
    const unread = unreadable(draft);
    if (unread !== undefined) return [{ path: "", message: unread }];
    const lack = missing(draft.value);
    return lack ? [lack] : [];
  }, [draft]);
  // Without a name the rest is looked at all the same.
  const asked = useMemo(() => {
    const name = settled.get("name");
    return typeof name === "string" && name.trim()
      ? settled
      : new Map([...settled, ["name", "draft"] as const]);
  }, [settled]);
  const check = useQuery({
    ...checkQuery(asked),
    enabled: unreadable(draft) === undefined,
  });
  const told = useMemo(() => problemsOf(check.error), [check.error]);
  const problems = useMemo(() => {
    const known = new Set(own.map(({ path }) => path));
    return [...own, ...told.filter(({ path }) => !known.has(path))];
  }, [own, told]);
  const checking = !isSettled || check.isFetching;
  return {
    problems,
    reason: reasonOf(problems, checking || check.data === undefined),
    checking,
    failure: check.error && !told.length ? check.error : undefined,
    retry: () => void check.refetch(),
  };
}

function reasonOf(problems: readonly Problem[], isUnknown: boolean): string | undefined {
  const [first] = problems;
  if (!first) return isUnknown ? "The server is asked whether it is right." : undefined;
  return problems.length === 1 ? first.message : `${problems.length} problems; the first: ${first.message}`;
}
