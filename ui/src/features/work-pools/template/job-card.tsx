import { useMemo } from "react";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { JsonEditor } from "@/design/json-editor";
import { CoverageList } from "./coverage-list";
import { textAt, textError } from "./draft";
import { JOB } from "./parts";
import { coverageOf } from "./placeholders";
import { ProblemText } from "./problem-text";
import { isUndeclared, marksIn, type Placed } from "./problems";
import type { TemplateDraftState } from "./use-template-draft";

export interface JobCardProps {
  state: TemplateDraftState;
  problems: readonly Placed[];
}

/** Where the variables go: the job with its placeholders, and whether they meet the variables. */
export function JobCard({ state, problems }: JobCardProps) {
  const { draft, type, dropText, edit } = state;
  const text = textAt(draft, "job");
  const error = textError(text);
  const coverage = useMemo(() => coverageOf(draft.document), [draft.document]);
  const marks = useMemo(() => marksIn(text, [JOB], problems), [text, problems]);
  // Those stand in the list below with what puts them right.
  const others = problems.filter((each) => each.isInJob && !isUndeclared(each));
  return (
    <Card title="Job configuration">
      <div className="flex flex-col gap-3">
        <p className="text-sm text-muted">
          What a worker gets, with placeholders such as <code className="font-mono">{"{{ image }}"}</code> for
          the variables.
        </p>
        <JsonEditor
          label="Job configuration"
          value={text}
          onChange={(next) => type("job", next)}
          problems={marks}
          lines={12}
        />
        {error ? (
          <p role="status" className="text-sm text-danger">
            {error}. The text is kept; the job is what it was until it can be read.{" "}
            <Button size="small" kind="ghost" onClick={() => dropText("job")}>
              Discard the text
            </Button>
          </p>
        ) : (
          <CoverageList coverage={coverage} edit={edit} />
        )}
        {others.map(({ problem, severity }) => (
          <ProblemText key={problem.path + problem.message} severity={severity} path={problem.path}>
            {[problem.message, problem.hint].filter(Boolean).join(" ")}
          </ProblemText>
        ))}
      </div>
    </Card>
  );
}
