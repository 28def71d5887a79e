import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useCallback, useDeferredValue, useMemo, useState } from "react";
import { Card } from "@/design/card";
import { toastError } from "@/design/toast";
import type { Schema } from "@/lib/api";
import { type Json, type JsonMap, printJson } from "@/lib/exact-json";
import { useKeys } from "@/lib/keys";
import { useKept } from "@/lib/use-kept";
import { focusFirst } from "@/schema-form/focus";
import { type FormState, wholeError } from "@/schema-form/form-state";
import { FormSwitch, SchemaForm } from "@/schema-form/schema-form";
import { Beginnings } from "./beginnings";
import { CopyAs } from "./copy-as";
import type { Notice } from "./custom-run";
import { Details } from "./details";
import { bodyOf, type JobVariables, localProblems, type PlacedProblem, type RunDraft } from "./draft";
import { discardStored, storeDraft } from "./keeping";
import { createRun } from "./queries";
import { RunPanel } from "./run-panel";
import { type RunCheck, serverProblems, useCheck } from "./use-check";

/** What other features draw in the page. */
export interface RunParts {
  jobVariables: (part: {
    value: JobVariables;
    onChange: (value: JobVariables) => void;
    explanation: RunCheck["explanation"] | undefined;
    checking: boolean;
    unfinished: string | undefined;
    onUnfinished: (text: string | undefined) => void;
    /** The path of a variable that somebody is led to, and when; an empty one is that of unreadable JSON. */
    target: { id: string; at: number } | undefined;
  }) => ReactNode;
  effectiveJob: (part: {
    explanation: RunCheck["explanation"] | undefined;
    checking: boolean;
    onShowRow: (path: string) => void;
  }) => ReactNode;
  onRun: (run: { id: string; name: string }) => void;
}

export interface RunEditorProps extends RunParts {
  fullName: string;
  deployment: Schema["DeploymentResponse"];
  schema: Json;
  inherited: JsonMap;
  start: RunDraft;
  notice: Notice;
  onDiscard: () => void;
}

export function RunEditor(props: RunEditorProps) {
  const { fullName, deployment, schema, inherited, start, notice, onDiscard, onRun } = props;
  const [draft, setDraft] = useState(start);
  const [asJson, setAsJson] = useState(start.parameters.texts.has("[]"));
  const [thorough, setThorough] = useState(false);
  const [wanted, setWanted] = useState<{ path: string; count: number }>();
  const [target, setTarget] = useState<{ id: string; at: number }>();
  const showVariable = useCallback((id: string) => setTarget({ id, at: performance.now() }), []);
  const change = useCallback((part: Partial<RunDraft>) => setDraft((before) => ({ ...before, ...part })), []);
  const changeParameters = useCallback(
    (next: (state: FormState) => FormState) =>
      setDraft((before) => ({ ...before, parameters: next(before.parameters) })),
    [],
  );
  const store = useCallback(
    (written: RunDraft) => storeDraft(deployment.id, written, schema, Date.now()),
    [deployment.id, schema],
  );
  const keep = useKept(draft, start, store, () => discardStored(deployment.id));
  const text = useMemo(() => printJson(bodyOf(draft)), [draft]);
  const checked = useCheck(deployment.id, text);
  const { check, explanation, slow } = checked;
  const own = useMemo(() => localProblems(draft), [draft]);
  const problems = useMemo(() => [...own, ...serverProblems(check)], [own, check]);
  const parameterProblems = useMemo(
    () => problems.filter(({ place, path }) => place === "parameters" && path),
    [problems],
  );
  const making = useMutation({
    mutationFn: () => createRun(deployment.id, text),
    onSuccess: (run) => {
      keep.end();
      onRun({ id: run.id, name: run.name });
    },
    onError: (error) => toastError(error, "The run was not made."),
  });
  const reason = whyNot(problems, checked.check === undefined && !checked.error);
  const run = () => {
    setThorough(true);
    if (making.isPending) return;
    if (reason === undefined) making.mutate();
    else goTo(problems[0]);
  };
  const goTo = (problem: PlacedProblem | undefined) => {
    if (!problem) return;
    setThorough(true);
    if (problem.place === "job_variables") showVariable(problem.path);
    if (problem.place === "parameters" && problem.path) {
      // Fields take the place of JSON that can be read; other JSON is what has to be put right first.
      if (wholeError(draft.parameters) === undefined) setAsJson(false);
      setWanted((before) => ({ path: problem.path, count: (before?.count ?? 0) + 1 }));
    } else if (problem.place !== "job_variables" || !problem.path) focusSoon(problem.place);
  };
  // Drawn again for what they show, and not for every key that is typed elsewhere.
  const parts = { jobVariables: props.jobVariables, effectiveJob: props.effectiveJob };
  const jobVariables = useMemo(
    () =>
      parts.jobVariables({
        value: draft.jobVariables,
        onChange: (value) => change({ jobVariables: value }),
        explanation,
        checking: slow,
        unfinished: draft.unfinished,
        onUnfinished: (unfinished) => change({ unfinished }),
        target,
      }),
    [parts.jobVariables, draft.jobVariables, draft.unfinished, explanation, slow, change, target],
  );
  const effectiveJob = useMemo(
    () => parts.effectiveJob({ explanation, checking: slow, onShowRow: showVariable }),
    [parts.effectiveJob, explanation, slow, showVariable],
  );
  useKeys("Run a deployment", [{ keys: "mod+Enter", label: "Run", run }]);
  return (
    <div className="grid min-w-0 items-start gap-5 xl:grid-cols-[minmax(0,1fr)_27rem]">
      <div className="flex min-w-0 flex-col gap-5">
        <Beginnings
          notice={notice}
          onDiscard={() => {
            keep.end();
            onDiscard();
          }}
        />
        <Card title="Parameters" actions={<FormSwitch asJson={asJson} onChange={setAsJson} />}>
          <div id="run-parameters" tabIndex={-1} className="outline-none">
            <SchemaForm
              schema={schema}
              state={draft.parameters}
              onChange={changeParameters}
              inherited={inherited}
              origin="deployment"
              problems={parameterProblems}
              thorough={thorough}
              wanted={wanted}
              asJson={asJson}
              onAsJson={setAsJson}
            />
          </div>
        </Card>
        <Card title="Job variables">
          <div id="run-job_variables" tabIndex={-1} className="outline-none">
            {jobVariables}
          </div>
        </Card>
        <Details draft={draft} change={change} problems={problems} deployment={deployment} />
      </div>
      <div className="flex min-w-0 flex-col gap-5 xl:sticky xl:top-18 xl:max-h-[calc(100dvh-6rem)] xl:overflow-y-auto">
        <RunPanel
          problems={problems}
          reason={reason}
          checked={checked}
          isLater={draft.startAt !== ""}
          isMaking={making.isPending}
          onRun={run}
          onProblem={goTo}
        />
        {effectiveJob}
        <CopyAs
          fullName={fullName}
          deploymentId={deployment.id}
          draft={useDeferredValue(draft)}
          schema={schema}
        />
      </div>
    </div>
  );
}

/** Why the run can't be made now; undefined where it can. */
function whyNot(problems: readonly PlacedProblem[], isUnknown: boolean): string | undefined {
  const [first] = problems;
  if (!first) return isUnknown ? "The server is asked whether it can run." : undefined;
  const told = `${first.path ? `${first.path} ` : ""}${first.message}`;
  return problems.length === 1 ? told : `${problems.length} problems; the first: ${told}`;
}

/** Focuses what is wrong in a part of the page, once that is drawn. */
function focusSoon(place: string): void {
  setTimeout(() => {
    const section = document.getElementById(`run-${place}`);
    section?.scrollIntoView?.({ block: "center" });
    if (section) focusFirst(section);
  });
}
