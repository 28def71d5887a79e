import { ArrowDown, ArrowUp, Ellipsis, Pencil, RotateCcw, Trash2 } from "lucide-react";
import { IconButton } from "@/design/button";
import { Checkbox } from "@/design/checkbox";
import { cx } from "@/design/cx";
import { Menu } from "@/design/menu";
import type { JsonObject } from "@/job-variables/json";
import { isMap, type Json, sameJson } from "@/lib/exact-json";
import { DefaultCell } from "./default-cell";
import { ENV } from "./parts";
import { ProblemText } from "./problem-text";
import type { Placed } from "./problems";
import { QuietSelect } from "./quiet-select";
import { MapCell, NameCell, TypeCell, UsedCell } from "./variable-cells";
import { MERGE_RULES, OVERRIDABLE, type Variable } from "./variables";
import type { TableActions } from "./variables-table";
import { MERGE_LABELS, OVERRIDABLE_LABELS } from "./words";

export interface VariableRowProps {
  variable: Variable;
  saved: Variable | undefined;
  problems: readonly Placed[];
  isOpen: boolean;
  isFirst: boolean;
  isLast: boolean;
  definitions: JsonObject;
  actions: TableActions;
}

/** One variable: everything that the template says of it, each editable where it stands. */
export function VariableRow(props: VariableRowProps) {
  const { variable, saved, problems, isOpen, definitions, actions } = props;
  const { name, merge, overridable, required } = variable;
  const isMapped = isMap(variable.preset) || variable.type.kind === "map" || name === ENV;
  const hasError = problems.some(({ severity }) => severity === "error");
  return (
    <>
      <tr
        data-variable={name}
        className={cx(
          "border-t border-line align-top",
          hasError && "bg-danger-soft",
          !saved && "bg-accent-soft/40",
        )}
      >
        <th scope="row" className="sticky left-0 z-1 bg-surface py-1.5 pr-2 pl-3 text-left font-normal">
          <NameCell variable={variable} isNew={!saved} onOpen={() => actions.open(name)} />
        </th>
        <td className="px-2 py-1.5">
          <TypeCell variable={variable} actions={actions} />
        </td>
        <td className="px-2 py-1.5">
          {isMapped ? (
            <MapCell variable={variable} isOpen={isOpen} onToggle={() => actions.toggle(name)} />
          ) : (
            <DefaultCell
              variable={variable}
              path={[name]}
              value={variable.preset}
              isEdited={saved !== undefined && differs(saved.preset, variable.preset)}
              definitions={definitions}
              onChange={actions.setDefault}
            />
          )}
        </td>
        <td className="px-2 py-1.5">
          <QuietSelect
            label={`How layers of ${name} come together`}
            value={merge}
            disabled={name === ENV}
            isUsual={merge === "replace"}
            onChange={(rule) => actions.setMerge(name, rule)}
            options={MERGE_RULES.map((rule) => ({ value: rule, label: MERGE_LABELS[rule] }))}
          />
        </td>
        <td className="px-2 py-1.5">
          <QuietSelect
            label={`Who may override ${name}`}
            value={overridable}
            isUsual={overridable === "run"}
            onChange={(level) => actions.setOverridable(name, level)}
            options={OVERRIDABLE.map((level) => ({ value: level, label: OVERRIDABLE_LABELS[level] }))}
          />
        </td>
        <td className="px-2 py-1.5">
          <span className="flex min-h-7 items-center">
            <Checkbox
              checked={required}
              onChange={(next) => actions.setRequired(name, next === true)}
              label={`${name} is required`}
              hideLabel
            />
          </span>
        </td>
        <td className="px-2 py-1.5">
          <UsedCell variable={variable} />
        </td>
        <td className="py-1.5 pr-2 text-right">
          <RowMenu {...props} />
        </td>
      </tr>
      {problems.map(({ problem, severity }) => (
        <tr
          key={problem.path + problem.rule + problem.message}
          className={cx(severity === "error" && "bg-danger-soft")}
        >
          <td colSpan={8} className="px-3 pb-2">
            <ProblemText severity={severity} path={problem.path}>
              {[problem.message, problem.hint].filter(Boolean).join(" ")}
            </ProblemText>
          </td>
        </tr>
      ))}
    </>
  );
}

/** No default and null are the same. */
const differs = (a: Json | undefined, b: Json | undefined): boolean => !sameJson(a ?? null, b ?? null);

function RowMenu({ variable, saved, isFirst, isLast, actions }: VariableRowProps) {
  const { name } = variable;
  return (
    <Menu
      label={`Actions for ${name}`}
      trigger={<IconButton icon={Ellipsis} size="small" label={`Actions for ${name}`} />}
      groups={[
        [
          { id: "edit", label: "Edit, rename…", icon: Pencil, onSelect: () => actions.open(name) },
          {
            id: "up",
            label: "Move up",
            icon: ArrowUp,
            disabled: isFirst,
            onSelect: () => actions.move(name, -1),
          },
          {
            id: "down",
            label: "Move down",
            icon: ArrowDown,
            disabled: isLast,
            onSelect: () => actions.move(name, 1),
          },
          {
            id: "reset",
            label: "As it is saved",
            icon: RotateCcw,
            disabled: !saved,
            onSelect: () => actions.reset(name),
          },
        ],
        [
          {
            id: "remove",
            label: variable.uses.length ? "Remove, with its placeholders" : "Remove",
            icon: Trash2,
            danger: true,
            disabled: name === ENV,
            onSelect: () => actions.remove(name),
          },
        ],
      ]}
    />
  );
}
