import type { Schema } from "@/lib/api";
import { flagOf, listOf, numberOf, type Search, textOf } from "@/lib/search";

export type LogLineFilter = Schema["LogLineFilter"];

/** Which lines are shown; in the address, so that it can be sent to somebody. */
export interface LogChoice {
  /** The lowest level, of Python's logging; undefined means all. */
  level: number | undefined;
  loggers: readonly string[];
  tasks: readonly string[];
  /** Only what the flow itself wrote. */
  outside: boolean;
  /** What is searched for. */
  find: string;
  /** Only lines in which it is. */
  only: boolean;
  /** A line by its id, where numbers would depend on the filter. */
  line: string | undefined;
}

export function choiceFrom(search: Search): LogChoice {
  const line = textOf(search, "line");
  return {
    level: numberOf(search, "level"),
    loggers: listOf(search, "logger"),
    tasks: listOf(search, "task"),
    outside: flagOf(search, "outside"),
    find: textOf(search, "find"),
    only: flagOf(search, "only"),
    line: line === "" ? undefined : line,
  };
}

export function choiceToSearch(choice: LogChoice): Search {
  return {
    level: choice.level,
    logger: choice.loggers.length ? choice.loggers : undefined,
    task: choice.tasks.length ? choice.tasks : undefined,
    outside: choice.outside || undefined,
    find: choice.find || undefined,
    only: (choice.only && choice.find !== "") || undefined,
    line: choice.line,
  };
}

/** The filter for the server; undefined where every line is wanted. `within` always holds: the task of a task's page. */
export function filterOf(choice: LogChoice, within?: readonly string[]): LogLineFilter | undefined {
  const tasks = within ?? choice.tasks;
  const filter: LogLineFilter = {
    ...(choice.level === undefined ? {} : { min_level: choice.level }),
    ...(choice.loggers.length ? { loggers: [...choice.loggers] } : {}),
    ...(tasks.length ? { task_run_ids: [...tasks] } : {}),
    ...(choice.outside && !tasks.length ? { outside_tasks: true } : {}),
    ...(choice.only && choice.find ? { text: choice.find } : {}),
  };
  return Object.keys(filter).length ? filter : undefined;
}

/** Lines that an address points at: `#L1042`, `#L1042-L1060`. Numbers count from 1. */
export interface LineRange {
  from: number;
  to: number;
}

export function rangeFrom(hash: string): LineRange | null {
  const match = /^#?L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(hash);
  if (!match) return null;
  const first = Number(match[1]);
  const second = match[2] === undefined ? first : Number(match[2]);
  if (first < 1 || second < 1) return null;
  return { from: Math.min(first, second), to: Math.max(first, second) };
}

export function rangeToHash({ from, to }: LineRange): string {
  return from === to ? `L${from}` : `L${from}-L${to}`;
}

const LEVELS = [
  [50, "CRITICAL"],
  [40, "ERROR"],
  [30, "WARNING"],
  [20, "INFO"],
  [10, "DEBUG"],
] as const;

/** The name of a level, or of the one below it: 25 is "INFO". */
export function levelName(level: number): string {
  return LEVELS.find(([least]) => level >= least)?.[1] ?? "TRACE";
}

export type LevelTone = "danger" | "warning" | "neutral" | "muted";
export function levelTone(level: number): LevelTone {
  if (level >= 40) return "danger";
  if (level >= 30) return "warning";
  return level >= 20 ? "neutral" : "muted";
}
