import { useMemo } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { JsonEditor } from "@/design/json-editor";
import { type TextPlace, textAt, textError } from "./draft";
import { ProblemText } from "./problem-text";
import { marksIn, type Placed } from "./problems";
import type { TemplateDraftState } from "./use-template-draft";

export interface WholeJsonProps {
  state: TemplateDraftState;
  problems: readonly Placed[];
  /** Texts of parts that can't be read: all of it as JSON would not have them. */
  broken: readonly TextPlace[];
  onTable: () => void;
}

/** All of the template as JSON. A text with errors stays what it is until somebody corrects or discards it. */
export function WholeJson({ state, problems, broken, onTable }: WholeJsonProps) {
  const { draft, type, dropText } = state;
  const text = textAt(draft, "whole");
  const error = textError(text);
  const marks = useMemo(() => marksIn(text, [], problems), [text, problems]);
  const parts = broken.filter((place) => place !== "whole");
  if (parts.length) {
    return (
      <Banner
        tone="warning"
        title={`${parts.map(placeName).join(" and ")} can’t be read yet`}
        actions={
          <>
            <Button size="small" onClick={onTable}>
              Back to it
            </Button>
            <Button size="small" kind="ghost" onClick={() => parts.forEach(dropText)}>
              Discard the text
            </Button>
          </>
        }
      >
        All of the template as JSON would not have it.
      </Banner>
    );
  }
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <JsonEditor
        label="Base job template"
        value={text}
        onChange={(next) => type("whole", next)}
        problems={marks}
        lines={28}
      />
      {error ? (
        <p role="status" className="text-sm text-danger">
          {error}. The text is kept, over a reload too.{" "}
          <Button size="small" kind="ghost" onClick={() => dropText("whole")}>
            Discard the text
          </Button>
        </p>
      ) : null}
      {error
        ? null
        : problems.map(({ problem, severity }) => (
            <ProblemText key={problem.path + problem.message} severity={severity} path={problem.path}>
              {[problem.message, problem.hint].filter(Boolean).join(" ")}
            </ProblemText>
          ))}
    </div>
  );
}

export const placeName = (place: TextPlace): string =>
  place === "whole"
    ? "The JSON"
    : place === "job"
      ? "The job configuration"
      : `The schema of ${place.slice("variable:".length)}`;
