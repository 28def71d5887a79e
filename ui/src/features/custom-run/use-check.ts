import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schema } from "@/lib/api";
import type { PlacedProblem } from "./draft";
import { checkQuery } from "./queries";

const PAUSE_MS = 50;

export type RunCheck = Schema["RunCheck"];

export interface Checked {
  /** What the server said last. */
  readonly check: RunCheck | undefined;
  /** A newer draft is on its way to be checked. */
  readonly checking: boolean;
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
  return {
    check: data,
    checking: settled !== text || (isFetching && (data === undefined || isPlaceholderData)),
    error,
    retry: () => void refetch(),
  };
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
