import { useMemo, useState } from "react";
import { AddVariable } from "@/job-variables/editor/add-variable";
import { PasteDialog } from "@/job-variables/editor/paste-dialog";
import type { Edit } from "@/job-variables/edits";
import { fromPlain, type JsonMap } from "@/lib/exact-json";
import { declarationOf, defaultsOf, definitionsOf } from "./cell-model";
import type { Kind } from "./kinds";
import { PROPERTIES, propertiesOf, putAt, VARIABLES } from "./parts";
import type { TemplateDraftState } from "./use-template-draft";
import {
  moveVariable,
  removeVariable,
  setDefault,
  setMerge,
  setOverridable,
  setRequired,
  setType,
  variablesOf,
} from "./variables";
import type { TableActions } from "./variables-table";

const TITLE = "Pool default";

/** What rows of the variables table do to the draft, with the dialogs that they open. */
export function useTableActions(state: TemplateDraftState) {
  const { draft, edit } = state;
  const { document, base } = draft;
  const [opened, setOpened] = useState<{ name: string; kind?: Kind | undefined }>();
  const [into, setInto] = useState<string>();
  const [isPasting, setPasting] = useState(false);
  const apply = (edits: readonly Edit[]) =>
    edit((template) =>
      edits.reduce(
        (made, { path, value }) => setDefault(made, path, value === undefined ? undefined : fromPlain(value)),
        template,
      ),
    );
  const actions: Omit<TableActions, "toggle"> = {
    open: (name, kind) => setOpened({ name, kind }),
    setDefault: (path, value) =>
      edit((template) => setDefault(template, path, value), `default ${path.join(".")}`),
    setType: (name, kind, nullable) => edit((template) => setType(template, name, { kind, nullable })),
    setMerge: (name, rule) => edit((template) => setMerge(template, name, rule)),
    setOverridable: (name, level) => edit((template) => setOverridable(template, name, level)),
    setRequired: (name, required) => edit((template) => setRequired(template, name, required)),
    move: (name, by) => edit((template) => moveVariable(template, name, by)),
    reset: (name) => edit((template) => asSaved(template, base, name)),
    remove: (name) => edit((template) => removeVariable(template, name)),
    addKey: setInto,
    paste: () => setPasting(true),
  };
  const variables = useMemo(() => variablesOf(document), [document]);
  const own = useMemo(() => defaultsOf(variables), [variables]);
  const declarations = useMemo(() => variables.map(declarationOf), [variables]);
  const dialogs = (
    <>
      {into === undefined ? null : (
        <AddVariable
          layer="pool"
          layerTitle={TITLE}
          own={own}
          declarations={declarations}
          definitions={definitionsOf(document)}
          into={into}
          keysOf={() => []}
          onAdd={(each) => apply([each])}
          onClose={() => setInto(undefined)}
        />
      )}
      {isPasting ? (
        <PasteDialog
          layerTitle={TITLE}
          own={own}
          declarations={declarations}
          onApply={apply}
          onClose={() => setPasting(false)}
        />
      ) : null}
    </>
  );
  return { actions, dialogs, opened, setOpened };
}

function asSaved(template: JsonMap, base: JsonMap, name: string): JsonMap {
  const saved = propertiesOf(base).get(name);
  const isRequired = variablesOf(base).find((each) => each.name === name)?.required ?? false;
  return setRequired(putAt(template, [VARIABLES, PROPERTIES, name], saved), name, isRequired);
}
