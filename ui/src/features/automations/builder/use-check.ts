import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type JsonMap, printJson } from "@/lib/exact-json";
import { useDebounced } from "@/lib/use-debounced";
import { type Path, valueAt } from "@/schema-form/edit";
import { type Problem, parsePath } from "@/schema-form/problems";
import { type Draft, lacks, unreadable } from "../draft";
import { withTold } from "../problems";
import { checkQuery } from "../queries";

const PAUSE_MS = 250;

/** What the server said last, and of which draft. */
export interface Told {
  readonly of: JsonMap;
  readonly problems: readonly Problem[];
}

export interface Checked {
  problems: readonly Problem[];
  /** Why it can't be saved now; undefined where it can. */
  reason: string | undefined;
  checking: boolean;
  /** The server could not be asked. */
  failure: unknown;
  told: Told | undefined;
  retry: () => void;
}

/** What is wrong with the draft: what can be told here, and what the server says of it as it is typed. */
export function useCheck(draft: Draft): Checked {
  const text = printJson(draft.value);
  const settled = useDebounced(draft.value, PAUSE_MS, text);
  const unread = unreadable(draft);
  const check = useQuery({ ...checkQuery(settled), enabled: unread === undefined });
  const isCurrent = check.data !== undefined && printJson(check.data.of) === text;
  const problems = useMemo(() => {
    if (unread !== undefined) return [{ path: "", message: unread }];
    return withTold(lacks(draft.value), check.data ? stillTrue(check.data, draft.value) : []);
  }, [unread, draft.value, check.data]);
  return {
    problems,
    reason: reasonOf(problems, !isCurrent),
    checking: unread === undefined && !isCurrent && !check.error,
    failure: check.error ?? undefined,
    told: check.data,
    retry: () => void check.refetch(),
  };
}

/** Problems of parts that are what they were when the server was asked. */
function stillTrue({ of, problems }: Told, now: JsonMap): Problem[] {
  const textAt = (value: JsonMap, path: Path) => printJson(valueAt(value, path) ?? null);
  return problems.filter(({ path }) => {
    const place = written(of, parsePath(path));
    return textAt(of, place) === textAt(now, place);
  });
}

/** Where something is: what is missing is a matter of what is around it. */
function written(value: JsonMap, path: Path): Path {
  return path.length && valueAt(value, path) === undefined ? written(value, path.slice(0, -1)) : path;
}

function reasonOf(problems: readonly Problem[], isUnknown: boolean): string | undefined {
  const [first] = problems;
  if (!first) return isUnknown ? "The server is asked whether it is right." : undefined;
  return problems.length === 1 ? first.message : `${problems.length} problems; the first: ${first.message}`;
}
