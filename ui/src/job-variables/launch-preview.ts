// What a worker will start for a job, as far as it can be told before it does.

import { printPlain } from "@/lib/exact-json";
import { at, isObject, type JobSpec } from "./json";

export interface EnvironmentLine {
  name: string;
  /** As text: how the process sees it. Lists and maps with references in them become their JSON at launch. */
  text: string;
}

export function environmentOf(job: JobSpec): EnvironmentLine[] {
  const env = job.job_configuration.env;
  if (!isObject(env)) return [];
  return Object.entries(env).map(([name, value]) => ({
    name,
    text: typeof value === "string" ? value : value === null ? "" : printPlain(value),
  }));
}

/** The argument vector: `command` split as a shell would, without a shell. Undefined: the flow's own process. */
export function commandOf(job: JobSpec): string[] | { fault: string } | undefined {
  const command = job.job_configuration.command;
  if (Array.isArray(command)) return command.map(String);
  if (typeof command !== "string" || !command.trim()) return undefined;
  return splitCommand(command) ?? { fault: "Its quotes do not match." };
}

/** As Python's `shlex.split`; undefined where a quote is not closed. */
export function splitCommand(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let place = 0; place < command.length; place += 1) {
    const letter = command[place] ?? "";
    if (quote) {
      const next = command[place + 1] ?? "";
      if (letter === quote) quote = "";
      else if (letter === "\\" && quote === '"' && (next === '"' || next === "\\")) {
        word = (word ?? "") + next;
        place += 1;
      } else word = (word ?? "") + letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= "";
    } else if (letter === "\\") {
      if (place + 1 >= command.length) return undefined;
      word = (word ?? "") + command[place + 1];
      place += 1;
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + letter;
  }
  if (quote) return undefined;
  return word === undefined ? words : [...words, word];
}

export function textAt(job: JobSpec, name: string): string | undefined {
  const value = at(job.job_configuration, name);
  return typeof value === "string" && value ? value : undefined;
}
