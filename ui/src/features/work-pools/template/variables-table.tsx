import { Fragment, useMemo, useState } from "react";
import { EmptyState } from "@/design/empty-state";
import type { Json, JsonMap } from "@/lib/exact-json";
import { definitionsOf } from "./cell-model";
import type { Kind } from "./kinds";
import { MapRows } from "./map-rows";
import { ENV } from "./parts";
import type { Placed } from "./problems";
import { VariableRow } from "./variable-row";
import { type MergeRule, type Overridable, type Variable, variablesOf } from "./variables";

export interface TableActions {
  open: (name: string, kind?: Kind) => void;
  toggle: (name: string) => void;
  setDefault: (path: string[], value: Json | undefined) => void;
  setType: (name: string, kind: Kind, nullable: boolean) => void;
  setMerge: (name: string, rule: MergeRule) => void;
  setOverridable: (name: string, level: Overridable) => void;
  setRequired: (name: string, required: boolean) => void;
  move: (name: string, by: -1 | 1) => void;
  reset: (name: string) => void;
  remove: (name: string) => void;
  addKey: (name: string) => void;
  paste: () => void;
}

export interface VariablesTableProps {
  template: JsonMap;
  base: JsonMap;
  problems: readonly Placed[];
  search: string;
  actions: Omit<TableActions, "toggle">;
}

const COLUMNS: [string, string, string?][] = [
  ["Variable", "w-52"],
  ["Type", "w-36"],
  ["Default", ""],
  ["Merge", "w-28", "How a deployment’s and a run’s value come together with the default"],
  ["Overridable", "w-36", "The last level that may set it"],
  ["Required", "w-22", "Some level has to set it before a run starts"],
  ["Used", "w-24", "Whether a placeholder of job_configuration uses it"],
  ["", "w-12"],
];

/** The variables of a template, in its order. */
export function VariablesTable({ template, base, problems, search, actions }: VariablesTableProps) {
  const variables = useMemo(() => variablesOf(template), [template]);
  const saved = useMemo(() => new Map(variablesOf(base).map((each) => [each.name, each])), [base]);
  const definitions = useMemo(() => definitionsOf(template), [template]);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const shown = variables.filter((variable) => fits(variable, search));
  const isOpen = (name: string) => toggled.has(name) !== (name === ENV) || inSearch(variables, name, search);
  const all: TableActions = {
    ...actions,
    toggle: (name) =>
      setToggled(
        (before) =>
          new Set(before.has(name) ? [...before].filter((each) => each !== name) : [...before, name]),
      ),
  };
  return (
    <div className="relative min-w-0 overflow-x-auto rounded-lg border border-line bg-surface shadow-card">
      <table aria-label="Variables of the template" className="w-full min-w-240 table-fixed border-collapse">
        <thead>
          <tr className="bg-sunken text-left text-sm">
            {COLUMNS.map(([title, width, hint], index) => (
              <th
                key={title || "actions"}
                scope="col"
                title={hint}
                className={`${width} h-9 px-2 font-semibold ${index === 0 ? "sticky left-0 z-1 bg-sunken pl-3" : ""}`}
              >
                {title || <span className="sr-only">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((variable) => {
            const { name } = variable;
            const open = isOpen(name);
            const isMapped = variable.type.kind === "map" || name === ENV || variable.preset instanceof Map;
            return (
              <Fragment key={name}>
                <VariableRow
                  variable={variable}
                  saved={saved.get(name)}
                  problems={problems.filter((each) => each.variable === name)}
                  isOpen={open}
                  isFirst={variables[0]?.name === name}
                  isLast={variables.at(-1)?.name === name}
                  definitions={definitions}
                  actions={all}
                />
                {isMapped && open ? (
                  <MapRows
                    variable={variable}
                    saved={saved.get(name)}
                    definitions={definitions}
                    actions={all}
                  />
                ) : null}
              </Fragment>
            );
          })}
        </tbody>
      </table>
      {shown.length ? null : (
        <EmptyState
          compact
          title={search ? "No variable is called so." : "The template declares no variable."}
        />
      )}
    </div>
  );
}

function fits({ name, title, preset }: Variable, search: string): boolean {
  const wanted = search.toLowerCase();
  const keys = preset instanceof Map ? [...preset.keys()].join(" ") : "";
  return `${name} ${title} ${keys}`.toLowerCase().includes(wanted);
}

/** A key of it is what is searched for. */
function inSearch(variables: readonly Variable[], name: string, search: string): boolean {
  const preset = variables.find((each) => each.name === name)?.preset;
  if (!search || !(preset instanceof Map)) return false;
  return [...preset.keys()].some((key) => String(key).toLowerCase().includes(search.toLowerCase()));
}
