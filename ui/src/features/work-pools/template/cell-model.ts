// Cells of the variables table for the widgets that edit job variables.

import type { Declaration, JsonObject, Json as PlainJson } from "@/job-variables/json";
import { POOL_COLUMN } from "@/job-variables/layers";
import type { Cell, Row } from "@/job-variables/model";
import { joinPath } from "@/job-variables/paths";
import { soundsSecret } from "@/job-variables/references";
import { isMap, type Json, type JsonMap, toPlain } from "@/lib/exact-json";
import { at, VARIABLES } from "./parts";
import type { Variable } from "./variables";

export const plain = (value: Json): PlainJson => toPlain(value) as PlainJson;

export function declarationOf(variable: Variable): Declaration {
  const { name, title, description, schema, merge, required, secret, isUsed, overridable } = variable;
  const given = isMap(schema) ? (plain(schema) as JsonObject) : {};
  return {
    name,
    title: title || null,
    description: description || null,
    schema: given,
    merge,
    required,
    secret,
    used: isUsed,
    overridable,
  };
}

/** What the pool's layer says: its defaults. */
export function defaultsOf(variables: readonly Variable[]): JsonObject {
  const set = variables.filter(({ preset }) => preset !== undefined && preset !== null);
  return Object.fromEntries(set.map(({ name, preset }) => [name, plain(preset ?? null)]));
}

/** What `$ref`s of the schemas lead to. */
export function definitionsOf(template: JsonMap): JsonObject {
  const found = at(template, [VARIABLES, "definitions"]) ?? at(template, [VARIABLES, "$defs"]);
  return isMap(found) ? (plain(found) as JsonObject) : {};
}

export function cellOf(
  variable: Variable,
  path: string[],
  value: Json | undefined,
): { row: Row; cell: Cell } {
  const isKey = path.length > 1;
  const isNone = value === undefined || (value === null && !isKey);
  const label = path.at(-1) ?? "";
  const cell: Cell = {
    column: POOL_COLUMN,
    state: isNone ? "none" : value === null ? "removes" : "value",
    value: isNone ? undefined : plain(value),
    wins: true,
    overridden: false,
    fixed: false,
    draft: false,
  };
  const row: Row = {
    id: joinPath(path),
    kind: isKey ? "key" : "variable",
    path,
    label,
    declaration: declarationOf(variable),
    rule: variable.merge,
    cells: [cell],
    effective: { state: "none" },
    problems: [],
    lock: undefined,
    sensitive: variable.secret || soundsSecret(label),
    undeclared: false,
    changed: false,
    draft: false,
    children: [],
  };
  return { row, cell };
}
