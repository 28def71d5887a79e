import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { ErrorState } from "@/design/error-state";
import { Skeleton } from "@/design/skeleton";
import { toast } from "@/design/toast";
import { isMap, type Json } from "@/lib/exact-json";
import { EMPTY_FORM, unreadable } from "@/schema-form/form-state";
import { SchemaForm } from "@/schema-form/schema-form";
import { type Keys, questionQuery, type RunDetail, useResumeRun } from "./queries";

interface ResumeDialogProps {
  detail: RunDetail;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Lets a paused run go on, with what it asks for. */
export function ResumeDialog(props: ResumeDialogProps) {
  return props.open ? <OpenResumeDialog {...props} /> : null;
}

function OpenResumeDialog({ detail, onOpenChange }: ResumeDialogProps) {
  const { run } = detail;
  const keys = run.state?.state_details?.run_input_keyset ?? null;
  const leaves = run.state?.state_details?.pause_reschedule ?? false;
  const [form, setForm] = useState(EMPTY_FORM);
  const [tried, setTried] = useState(false);
  const resume = useResumeRun(run.id);
  return (
    <ConfirmDialog
      open
      onOpenChange={onOpenChange}
      title={`Resume ${run.name}?`}
      confirm="Resume the run"
      onConfirm={async () => {
        setTried(true);
        if (unreadable(form).length > 0) throw new Error("What stands in the form is no JSON.");
        await resume.mutateAsync(keys ? form.value : null);
        toast({ title: leaves ? "The run is queued, and begins anew." : "The run goes on." });
      }}
    >
      <p>
        {leaves
          ? "Its flow is called anew from its beginning, in another process, and passes this pause."
          : "Its process waits, and goes on where it is."}
      </p>
      {keys ? (
        <Answer id={run.id} keys={keys}>
          {(schema) => <SchemaForm schema={schema} state={form} onChange={setForm} thorough={tried} />}
        </Answer>
      ) : null}
    </ConfirmDialog>
  );
}

interface AnswerProps {
  id: string;
  keys: Keys;
  children: (schema: Json) => ReactNode;
}

function Answer({ id, keys, children }: AnswerProps) {
  const { data, error } = useQuery(questionQuery(id, keys));
  if (error) return <ErrorState error={error} compact />;
  if (!data) return <Skeleton className="h-24" />;
  return (
    <>
      {data.description ? <p className="whitespace-pre-wrap text-muted">{data.description}</p> : null}
      {isMap(data.schema) ? children(data.schema) : <p>It has not said yet what it waits for.</p>}
    </>
  );
}
