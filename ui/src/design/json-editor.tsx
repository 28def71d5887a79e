import { lazy, Suspense } from "react";
import { Skeleton } from "./skeleton";

export interface JsonEditorProps {
  /** The text, JSON or not yet: it is never changed but by typing. */
  value: string;
  onChange?: ((text: string) => void) | undefined;
  /** Its name, for screen readers. */
  label: string;
  /** What is wrong, at places of the text (from 0); an error of syntax is found by the editor itself. */
  problems?: readonly JsonEditorProblem[] | undefined;
  /** The id of what explains it, for screen readers. */
  describedBy?: string | undefined;
  readOnly?: boolean | undefined;
  /** The least height, in lines. */
  lines?: number | undefined;
  className?: string | undefined;
}
export interface JsonEditorProblem {
  from: number;
  to?: number | undefined;
  message: string;
  severity?: "error" | "warning" | undefined;
}

const CodeMirror = lazy(() => import("./json-editor-view"));

/** An editor for JSON: folding, brackets, search, errors at their place. Tab leaves it after Escape. Loaded when shown. */
export function JsonEditor(props: JsonEditorProps) {
  return (
    <Suspense fallback={<Skeleton className="h-64 w-full" />}>
      <CodeMirror {...props} />
    </Suspense>
  );
}
