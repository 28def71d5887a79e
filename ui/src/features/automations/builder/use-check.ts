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
  // What is missing is told here; the server need not refuse it first.
  const check = useQuery({ ...checkQuery(settled), enabled: own.length === 0 && isSettled });
  const told = useMemo(() => (own.length ? [] : problemsOf(check.error)), [own, check.error]);
  const problems = own.length ? own : told;
  const checking = own.length === 0 && (!isSettled || check.isFetching);
  return {
    problems,
    reason: reasonOf(problems, checking || check.data === undefined),
    checking,
    failure: check.error && !problems.length ? check.error : undefined,
    retry: () => void check.refetch(),
  };
}

function reasonOf(problems: readonly Problem[], isUnknown: boolean): string | undefined {
  const [first] = problems;
  if (!first) return isUnknown ? "The server is asked whether it is right." : undefined;
  return problems.length === 1 ? first.message : `${problems.length} problems; the first: ${first.message}`;
}
