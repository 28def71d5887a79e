import { ArrowRight, CircleAlert } from "lucide-react";
import { Spinner } from "@/design/spinner";
import { ApiError } from "@/lib/api";
import { type JsonMap, printPlain } from "@/lib/exact-json";
import type { Problem } from "@/schema-form/problems";
import type { ActionPreview } from "../queries";
import { templatesOf, typeWord } from "../rendered";
import { useBuilder } from "./context";

interface RenderedFieldsProps {
  action: JsonMap;
  preview: ActionPreview | undefined;
  /** What is wrong with the action, where it can't be filled in. */
  problems: readonly Problem[];
  error: unknown;
  isOld: boolean;
}

/** Each template of an action beside what the chosen event makes of it. */
export function RenderedFields({ action, preview, problems, error, isOld }: RenderedFieldsProps) {
  const { eventId } = useBuilder();
  const leaves = templatesOf(action, preview, problems);
  const paths = new Set(leaves.map(({ path }) => path));
  const others = (preview?.problems ?? []).filter(({ path }) => !paths.has(path));
  const refusal = error instanceof ApiError && !preview ? error.message : undefined;
  if (!leaves.length && !others.length && !refusal) return null;
  return (
    <div data-testid="filled-in" className="flex min-w-0 flex-col gap-1.5 rounded-md bg-sunken px-3 py-2">
      <p className="flex items-center gap-2 text-sm font-medium">
        {eventId ? "With the chosen event" : "With an event that says little"} {isOld ? <Spinner /> : null}
      </p>
      {leaves.length ? (
        <ul className="flex min-w-0 flex-col gap-1 text-sm">
          {leaves.map(({ path, template, value, problem }) => (
            <li key={path} className="flex min-w-0 flex-wrap items-baseline gap-x-2">
              <span className="font-medium break-all">{path}</span>
              <code className="min-w-0 font-mono break-all text-muted">{template}</code>
              <ArrowRight aria-label="becomes" className="size-3.5 shrink-0 self-center text-muted" />
              {problem ? (
                <Complaint text={problem} />
              ) : value === undefined ? (
                <span className="text-muted">not known yet</span>
              ) : (
                <>
                  <code className="min-w-0 font-mono break-all">{printPlain(value)}</code>
                  <span className="text-muted">{typeWord(value)}</span>
                </>
              )}
            </li>
          ))}
        </ul>
      ) : null}
      {refusal ? <Complaint text={refusal} /> : null}
      {others.map(({ path, message, hint }) => (
        <Complaint key={path + message} text={`${path ? `${path}: ` : ""}${message} ${hint ?? ""}`} />
      ))}
    </div>
  );
}

function Complaint({ text }: { text: string }) {
  return (
    <span className="inline-flex min-w-0 items-start gap-1 text-sm text-danger">
      <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0" />
      <span className="min-w-0 break-words">{text}</span>
    </span>
  );
}
