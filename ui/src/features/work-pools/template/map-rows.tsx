import { ClipboardPaste, Plus, X } from "lucide-react";
import { Button, IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import type { JsonObject } from "@/job-variables/json";
import { isMap, sameJson } from "@/lib/exact-json";
import { DefaultCell } from "./default-cell";
import type { Variable } from "./variables";
import type { TableActions } from "./variables-table";

export interface MapRowsProps {
  variable: Variable;
  saved: Variable | undefined;
  definitions: JsonObject;
  actions: TableActions;
}

/** The keys of a map's default, a row each, and the way to more. */
export function MapRows({ variable, saved, definitions, actions }: MapRowsProps) {
  const { name } = variable;
  const keys = isMap(variable.preset) ? [...variable.preset] : [];
  const before = saved && isMap(saved.preset) ? saved.preset : undefined;
  const gone = before ? [...before.keys()].filter((key) => !keys.some(([each]) => each === key)) : [];
  return (
    <>
      {keys.map(([key, value]) => (
        <tr key={key} className="group border-t border-line/60">
          <td className="sticky left-0 z-1 bg-surface py-0.5 pr-2 pl-7" colSpan={2}>
            <span className="flex min-h-7 min-w-0 items-center font-mono text-sm">
              <span className="truncate" title={key}>
                {key}
              </span>
            </span>
          </td>
          <td className="px-2 py-0.5" colSpan={4}>
            <DefaultCell
              variable={variable}
              path={[name, key]}
              value={value}
              isEdited={saved !== undefined && !sameJson(before?.get(key), value)}
              definitions={definitions}
              onChange={actions.setDefault}
            />
          </td>
          <td className="py-0.5 pr-2 text-right" colSpan={2}>
            <IconButton
              icon={X}
              size="small"
              label={`Remove ${name}.${key}`}
              onClick={() => actions.setDefault([name, key], undefined)}
            />
          </td>
        </tr>
      ))}
      {gone.map((key) => (
        <tr key={`gone-${key}`} className="border-t border-line/60">
          <td className="sticky left-0 bg-surface py-0.5 pr-2 pl-7" colSpan={2}>
            <span className={cx("block truncate font-mono text-sm text-muted line-through")}>{key}</span>
          </td>
          <td className="px-2 py-0.5 text-sm text-muted" colSpan={6}>
            removed{" "}
            <Button
              size="small"
              kind="ghost"
              onClick={() => actions.setDefault([name, key], before?.get(key))}
            >
              Put back
            </Button>
          </td>
        </tr>
      ))}
      <tr className="border-t border-line/60">
        <td colSpan={8} className="py-1 pl-5.5">
          <span className="flex flex-wrap gap-1">
            <Button size="small" kind="ghost" icon={Plus} onClick={() => actions.addKey(name)}>
              Add key
            </Button>
            <Button size="small" kind="ghost" icon={ClipboardPaste} onClick={() => actions.paste()}>
              Paste .env or JSON
            </Button>
          </span>
        </td>
      </tr>
    </>
  );
}
