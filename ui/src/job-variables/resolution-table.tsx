import { type ReactNode, useMemo, useState } from "react";
import { AddVariable } from "./editor/add-variable";
import { JsonLayer } from "./editor/json-layer";
import { PasteDialog } from "./editor/paste-dialog";
import type { Edit } from "./edits";
import { EVERYTHING, type TableView } from "./filters";
import type { Declaration, Explanation, JsonObject, Undeclared } from "./json";
import { ALL_COLUMNS, type Column } from "./layers";
import { buildModel, type Row } from "./model";
import { ProblemList } from "./problem-list";
import { Grid } from "./table/grid";
import { TableToolbar } from "./table/toolbar";

/** The level that is edited. */
export interface TableEditing {
  layer: "pool" | "deployment" | "run" | (string & {});
  /** What the layer says now, edits included. */
  variables: JsonObject;
  /** What of it is saved; what differs is marked. */
  saved?: JsonObject | undefined;
  /** Called while somebody types, with what counts at once. */
  onEdit: (edits: Edit[]) => void;
  /** JSON that was typed and cannot be read yet. Kept here where nobody else keeps it. */
  unfinished?: string | undefined;
  onUnfinished?: ((text: string | undefined) => void) | undefined;
}

export interface ResolutionTableProps {
  /** What it is about, for screen readers: "Job variables of etl/nightly". */
  label: string;
  explanation: Explanation;
  declarations?: readonly Declaration[] | undefined;
  definitions?: JsonObject | undefined;
  undeclared?: Undeclared | undefined;
  columns?: readonly Column[] | undefined;
  editing?: TableEditing | undefined;
  /** Makes values of a run the deployment's. Offered on rows that the run's layer speaks of. */
  onPromote?: ((rows: Row[]) => void) | undefined;
  /** What tells why a value changed, in a popover. */
  history?: ((row: Row) => ReactNode) | undefined;
  view?: TableView | undefined;
  onView?: ((view: TableView) => void) | undefined;
  /**
   * A path whose row is to be brought into view and marked, for example from an error elsewhere. JSON that covers the
   * table gives way; without a path, JSON that can't be read yet is shown.
   */
  target?: { id: string; at: number } | undefined;
  /** Another resolution is on its way; what is shown is the last one. */
  stale?: boolean | undefined;
  /** More buttons in the toolbar. */
  actions?: ReactNode;
}

const NO_DECLARATIONS: readonly Declaration[] = [];

/** Every job variable, what each level says of it, and what comes of that. */
export function ResolutionTable(props: ResolutionTableProps) {
  const { explanation, declarations = NO_DECLARATIONS, columns = ALL_COLUMNS, editing } = props;
  const model = useMemo(
    () => buildModel({ explanation, declarations, columns, editing }),
    [explanation, declarations, columns, editing],
  );
  const [ownView, setOwnView] = useState(EVERYTHING);
  const view = props.view ?? ownView;
  const setView = (next: TableView) => {
    setOwnView(next);
    props.onView?.(next);
  };
  const [mode, setMode] = useState<"table" | "json">("table");
  const [adding, setAdding] = useState<string>();
  const [pasting, setPasting] = useState<string>();
  const edited = columns.find(({ layer }) => layer === editing?.layer);
  const title = edited?.title ?? "";
  const json = useJsonText(editing);
  const [asked, setAsked] = useState(props.target?.at);
  if (props.target && props.target.at !== asked) {
    setAsked(props.target.at);
    setMode(props.target.id === "" && json.unfinished !== undefined ? "json" : "table");
  }

  return (
    <section aria-label={props.label} className="@container flex min-w-0 flex-col gap-2">
      <TableToolbar
        model={model}
        view={view}
        onView={setView}
        mode={mode}
        onMode={editing ? setMode : undefined}
        onAdd={editing ? () => setAdding("env") : undefined}
        onPaste={editing ? () => setPasting("") : undefined}
        actions={props.actions}
      />
      <ProblemList problems={model.problems} />
      {editing && mode === "json" ? (
        <JsonLayer
          editing={editing}
          title={title}
          declarations={declarations}
          text={json.text}
          onText={json.setText}
        />
      ) : (
        <>
          {json.unfinished === undefined ? null : (
            <JsonLayer.Notice onOpen={() => setMode("json")} onDiscard={() => json.setText(undefined)} />
          )}
          <Grid
            {...props}
            model={model}
            view={view}
            onAll={() => setView(EVERYTHING)}
            onAdd={editing ? setAdding : undefined}
            onPaste={editing ? setPasting : undefined}
          />
        </>
      )}
      {editing && adding !== undefined ? (
        <AddVariable
          layer={editing.layer}
          layerTitle={title}
          templates={edited?.templates}
          own={editing.variables}
          declarations={declarations}
          definitions={props.definitions}
          undeclared={props.undeclared}
          into={adding}
          keysOf={(name) => unsetKeys(model.rows, name, editing.layer)}
          onAdd={(edit) => editing.onEdit([edit])}
          onClose={() => setAdding(undefined)}
        />
      ) : null}
      {editing && pasting !== undefined ? (
        <PasteDialog
          layerTitle={title}
          own={editing.variables}
          declarations={declarations}
          text={pasting}
          onApply={editing.onEdit}
          onClose={() => setPasting(undefined)}
        />
      ) : null}
    </section>
  );
}

/** Keys that other layers know and this one says nothing of. */
function unsetKeys(rows: readonly Row[], variable: string, layer: string): string[] {
  const group = rows.find((row) => row.kind === "group" && row.path[0] === variable);
  const isUnset = (row: Row) => row.cells.find(({ column }) => column.layer === layer)?.state === "none";
  return (group?.children ?? []).filter(isUnset).map(({ label }) => label);
}

/** The text of the JSON view: kept while the view is away, and for whoever keeps drafts. */
function useJsonText(editing: TableEditing | undefined) {
  const [typed, setTyped] = useState<string>();
  const [ownUnfinished, setUnfinished] = useState<string>();
  const unfinished = editing?.onUnfinished ? editing.unfinished : ownUnfinished;
  return {
    text: unfinished ?? typed,
    unfinished,
    /** `unreadable`: it cannot be read yet. Undefined throws it away. */
    setText: (text: string | undefined, unreadable = false) => {
      setTyped(text);
      const left = unreadable ? text : undefined;
      setUnfinished(left);
      if (left !== unfinished) editing?.onUnfinished?.(left);
    },
  };
}
