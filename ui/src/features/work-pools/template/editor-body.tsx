import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { type Search, textOf } from "@/lib/search";
import type { PoolRow } from "../queries";
import type { TextPlace } from "./draft";
import { EditorToolbar } from "./editor-toolbar";
import { EmptyTemplate } from "./empty-template";
import { JobCard } from "./job-card";
import { isEmptyTemplate, isTabular } from "./parts";
import { Preview } from "./preview";
import { ProblemText } from "./problem-text";
import type { Placed } from "./problems";
import { useTableActions } from "./use-table-actions";
import type { TemplateDraftState } from "./use-template-draft";
import { VariablePanel } from "./variable-panel";
import { variablesOf } from "./variables";
import { VariablesTable } from "./variables-table";
import { WholeJson } from "./whole-json";

export interface EditorBodyProps {
  row: PoolRow;
  state: TemplateDraftState;
  problems: readonly Placed[];
  broken: readonly TextPlace[];
}

/** The template as a table or as JSON, and beside it what comes of it. */
export function EditorBody({ row, state, problems, broken }: EditorBodyProps) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const { draft, dirty } = state;
  const { document, base } = draft;
  const asJson = textOf(search, "view") === "json" || !isTabular(document);
  const change = (part: Search) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...part }), replace: true });
  const { actions, dialogs, opened, setOpened } = useTableActions(state);
  const variables = useMemo(() => variablesOf(document), [document]);
  const variable = variables.find(({ name }) => name === opened?.name);
  const general = problems.filter((each) => !each.isInJob && each.variable === undefined);
  const showRow = (path: string) => {
    const name = variables.find((each) => path === each.name || path.startsWith(`${each.name}.`))?.name;
    if (asJson || !name) return;
    const found = globalThis.document.querySelector<HTMLElement>(`[data-variable="${CSS.escape(name)}"]`);
    found?.scrollIntoView({ block: "center" });
    found?.querySelector("button")?.focus();
  };
  if (isEmptyTemplate(document) && !dirty && !asJson) {
    return <EmptyTemplate row={row} state={state} onJson={() => change({ view: "json" })} />;
  }
  return (
    <div className="@container min-w-0">
      <div className="grid min-w-0 grid-cols-1 items-start gap-4 @[90rem]:grid-cols-[minmax(0,1fr)_30rem]">
        <div className="flex min-w-0 flex-col gap-3">
          <EditorToolbar
            row={row}
            state={state}
            asJson={asJson}
            onAsJson={(next) => change({ view: next ? "json" : undefined })}
            search={textOf(search, "q")}
            onSearch={(q) => change({ q: q || undefined })}
            onAdded={(name) => setOpened({ name })}
          />
          {asJson ? (
            <WholeJson
              state={state}
              problems={problems}
              broken={broken}
              onTable={() => change({ view: undefined })}
            />
          ) : broken.includes("whole") ? (
            <BrokenText state={state} onJson={() => change({ view: "json" })} />
          ) : (
            <>
              {general.map(({ problem, severity }) => (
                <ProblemText key={problem.path + problem.message} severity={severity} path={problem.path}>
                  {[problem.message, problem.hint].filter(Boolean).join(" ")}
                </ProblemText>
              ))}
              <VariablesTable
                template={document}
                base={base}
                problems={problems}
                search={textOf(search, "q")}
                actions={actions}
              />
            </>
          )}
        </div>
        <div className="grid min-w-0 grid-cols-1 items-start gap-4 @4xl:grid-cols-2 @[90rem]:sticky @[90rem]:top-4 @[90rem]:grid-cols-1">
          {asJson || broken.includes("whole") ? null : <JobCard state={state} problems={problems} />}
          <Preview
            pool={row.name}
            poolType={row.type}
            template={document}
            base={base}
            isEdited={dirty}
            onShowRow={showRow}
          />
        </div>
      </div>
      {variable ? (
        <VariablePanel
          key={variable.name}
          variable={variable}
          state={state}
          problems={problems.filter((each) => each.variable === variable.name)}
          wantedKind={opened?.kind}
          onRenamed={(name) => setOpened({ name })}
          onClose={() => setOpened(undefined)}
        />
      ) : null}
      {dialogs}
    </div>
  );
}

function BrokenText({ state, onJson }: { state: TemplateDraftState; onJson: () => void }) {
  return (
    <Banner
      tone="warning"
      title="What stands in the JSON editor can’t be shown as a table"
      actions={
        <>
          <Button size="small" onClick={onJson}>
            Back to the JSON
          </Button>
          <Button size="small" kind="ghost" onClick={() => state.dropText("whole")}>
            Discard the text
          </Button>
        </>
      }
    >
      It has an error, and is kept as it is.
    </Banner>
  );
}
