// A draft as somebody would type it elsewhere: for the command line, for curl, for Python. Only what differs.
import { isList, isMap, isNumber, type Json, type JsonMap, numberText, printJson } from "@/lib/exact-json";
import { bodyOf, type RunDraft } from "./draft";

/** One word of a POSIX shell. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const lines = (words: readonly string[]): string =>
  words.join(" ").length <= 100 ? words.join(" ") : words.join(" \\\n  ");

export interface Command {
  readonly text: string;
  /** What it can't say. */
  readonly missing: readonly string[];
}

/** As `penstock deployment run` takes it. */
export function cliCommand(fullName: string, draft: RunDraft): Command {
  const body = bodyOf(draft);
  const words = [`penstock deployment run ${shellWord(fullName)}`];
  const add = (flag: string, value: string) => words.push(`${flag} ${shellWord(value)}`);
  for (const [name, value] of draft.parameters.value) add("-p", `${name}=${typedValue(value)}`);
  for (const each of variableArguments(mapAt(body, "job_variables"))) add("-jv", each);
  const at = scheduledTime(body);
  if (at) add("--start-at", at);
  for (const tag of draft.tags) add("--tag", tag);
  // Braces in a name are filled in from the parameters on the command line; doubled they stay braces.
  const name = body.get("name");
  if (typeof name === "string")
    add("--flow-run-name", /[{]/.test(name) ? name.replace(/[{}]/g, "$&$&") : name);
  if (draft.workQueue) add("--work-queue", draft.workQueue);
  const key = body.get("idempotency_key");
  if (typeof key === "string") add("--idempotency-key", key);
  return { text: lines(words), missing: beyond(draft, body) };
}

/** What neither the command line nor `run_deployment` can say. */
const beyond = (draft: RunDraft, body: JsonMap): string[] => [
  ...(draft.message.trim() ? ["the message"] : []),
  ...(body.has("empirical_policy") ? ["the retries"] : []),
];

/** The command line reads JSON where it is JSON: text that could be taken for it is quoted as JSON. */
function typedValue(value: Json): string {
  if (typeof value !== "string") return printJson(value);
  return mayBeJson(value) ? JSON.stringify(value) : value;
}

function mayBeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Python's reader takes no text for JSON that this one refuses, but for NaN and its like, which the command refuses.
    return text.trimStart().startsWith("{");
  }
}

/** Job variables by name where that is exact, the others as one JSON object. */
function variableArguments(variables: JsonMap): string[] {
  const single: string[] = [];
  const rest = new Map<string, Json>();
  for (const [key, value] of variables) {
    if (key === "env" && isMap(value)) {
      const left = [...value].filter(([name, item]) => {
        const isPlain = typeof item === "string" && /^[A-Za-z_]\w*$/.test(name);
        if (isPlain) single.push(`env.${name}=${item}`);
        return !isPlain;
      });
      if (left.length || value.size === 0) rest.set(key, new Map(left));
    } else if (typeof value === "string" && /^[A-Za-z_]\w*$/.test(key) && !mayBeJson(value)) {
      single.push(`${key}=${value}`);
    } else rest.set(key, value);
  }
  return rest.size ? [...single, printJson(rest)] : single;
}

const mapAt = (map: JsonMap, key: string): JsonMap => {
  const value = map.get(key);
  return isMap(value) ? value : new Map();
};

function scheduledTime(body: JsonMap): string | undefined {
  const at = mapAt(mapAt(body, "state"), "state_details").get("scheduled_time");
  return typeof at === "string" ? at : undefined;
}

/** As a request to the API. */
export function curlCommand(url: string, draft: RunDraft): Command {
  const words = [
    `curl --fail-with-body -X POST ${shellWord(url)}`,
    `-u "$PENSTOCK_API_AUTH_STRING"`,
    `-H 'Content-Type: application/json'`,
    `--data-raw ${shellWord(printJson(bodyOf(draft), 2))}`,
  ];
  return { text: words.join(" \\\n  "), missing: [] };
}

/** As a call of `run_deployment` that doesn't wait for the run's end. */
export function pythonCall(fullName: string, draft: RunDraft): Command {
  const body = bodyOf(draft);
  const at = scheduledTime(body);
  const given: [string, string | undefined][] = [
    ["parameters", has(body.get("parameters"))],
    ["job_variables", has(body.get("job_variables"))],
    ["scheduled_time", at && `datetime.fromisoformat(${literal(at)})`],
    ["flow_run_name", has(body.get("name"))],
    ["tags", has(body.get("tags"))],
    ["work_queue_name", has(body.get("work_queue_name"))],
    ["idempotency_key", has(body.get("idempotency_key"))],
    ["timeout", "0"],
  ];
  const rows = given.flatMap(([name, text]) => (text === undefined ? [] : [`    ${name}=${text},`]));
  const imports = `${at ? "from datetime import datetime\n\n" : ""}from penstock.deployments import run_deployment`;
  const call = ["run_deployment(", `    ${literal(fullName)},`, ...rows, ")"].join("\n");
  return { text: `${imports}\n\n${call}\n`, missing: beyond(draft, body) };
}

const has = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : literal(value, "    ");

/** A value as Python writes it. */
export function literal(value: Json, margin = ""): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (isNumber(value)) return numberText(value);
  const inner = `${margin}    `;
  if (isList(value))
    return enclosed(
      "[]",
      value.map((item) => literal(item, inner)),
      margin,
    );
  if (isMap(value)) {
    return enclosed(
      "{}",
      [...value].map(([key, item]) => `${JSON.stringify(key)}: ${literal(item, inner)}`),
      margin,
    );
  }
  return JSON.stringify(value);
}

function enclosed(brackets: string, items: readonly string[], margin: string): string {
  const [open, close] = brackets;
  const short = `${open}${items.join(", ")}${close}`;
  if (short.length <= 80 && !short.includes("\n")) return short;
  return `${open}\n${items.map((item) => `${margin}    ${item},\n`).join("")}${margin}${close}`;
}
