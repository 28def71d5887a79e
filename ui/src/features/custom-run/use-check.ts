import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Schema } from "@/lib/api";
import { printPlain } from "@/lib/exact-json";
import type { PlacedProblem } from "./draft";
import { checkQuery } from "./queries";

const PAUSE_MS = 50;
const SLOW_MS = 400;

export type RunCheck = Schema["RunCheck"];

export interface Checked {
  /** What the server said last. */
  readonly check: RunCheck | undefined;
  /** Of it what the run would be launched with; the same object while it says the same. */
  readonly explanation: RunCheck["explanation"] | undefined;
  /** A newer draft is on its way to be checked. */
  readonly checking: boolean;
  /** It takes so long that somebody may wonder. */
  readonly slow: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

/** Asks the server about each draft, after a short pause in typing. */
export function useCheck(deploymentId: string, text: string): Checked {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(checkQuery(deploymentId, settled));
  const checking = settled !== text || (isFetching && (data === undefined || isPlaceholderData));
  return {
    check: data,
    explanation: useSame(data?.explanation),
    checking,
    slow: useLasting(checking),
    error,
    retry: () => void refetch(),
  };
}

/** The value from before while the new one is equal to it: what shows it need not be drawn again. */
function useSame<T>(value: T): T {
  const kept = useRef(value);
  if (kept.current !== value && printPlain(kept.current) !== printPlain(value)) kept.current = value;
  return kept.current;
}

function useLasting(isSo: boolean): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!isSo) return;
    const timer = setTimeout(() => setLasts(true), SLOW_MS);
    return () => {
      clearTimeout(timer);
      setLasts(false);
    };
  }, [isSo]);
  return lasts;
}

/** All that the server finds wrong, each with the part of the page that it is about. */
export function serverProblems(check: RunCheck | undefined): PlacedProblem[] {
  if (!check) return [];
  const asProblem = ({ path, message, hint, rule }: Schema["Problem"]) => ({ path, message, hint, rule });
  return [
    ...check.parameter_problems.map((each): PlacedProblem => ({ ...asProblem(each), place: "parameters" })),
    ...check.explanation.errors.map(
      (each): PlacedProblem => ({ ...asProblem(each), place: "job_variables" }),
    ),
    ...check.problems.map((each): PlacedProblem => ({ ...asProblem(each), place: placeOf(each.path) })),
  ];
}

function placeOf(path: string): PlacedProblem["place"] {
  if (path.startsWith("work_queue")) return "workQueue";
  if (path.startsWith("name")) return "name";
  if (path.startsWith("state")) return "startAt";
  return path.startsWith("empirical_policy") ? "retries" : "other";
}
