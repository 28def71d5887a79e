import { type ReactNode, useRef, useState } from "react";
import { Chip } from "@/design/chip";
import { cx } from "@/design/cx";
import { Spinner } from "@/design/spinner";
import { Tabs } from "@/design/tabs";
import { plural } from "@/lib/format";
import type { Explanation } from "../json";
import type { RowProblem } from "../model";
import { ProblemLine } from "../table/cells";
import { CommandTab } from "./command-tab";
import { type Baseline, DiffTab } from "./diff-tab";
import { LaunchTab } from "./launch-tab";
import { ResolvedTab } from "./resolved-tab";

export type { Baseline } from "./diff-tab";

export interface EffectiveJobProps {
  /** The last good view stays while the next one is on its way. */
  explanation: Explanation | undefined;
  loading?: boolean | undefined;
  /** The type of the pool: decides what the worker's preview shows. */
  poolType?: string | undefined;
  baselines?: readonly Baseline[] | undefined;
  /** A baseline that is asked for, for example another run. */
  chooser?: ReactNode;
  /** Shows the row of a table that an error is about. */
  onShowRow?: ((path: string) => void) | undefined;
  /** Above the tabs: "What it would get now". */
  title?: ReactNode;
  className?: string | undefined;
}

/** What the worker will get, as it follows from all levels; beside a table that is edited. */
export function EffectiveJob(props: EffectiveJobProps) {
  const { explanation, loading, baselines = [], title = "Effective job", className } = props;
  const revision = useRevision(explanation);
  const [tab, setTab] = useState("resolved");
  const [last, setLast] = useState(explanation);
  if (explanation && explanation !== last) setLast(explanation);
  const shown = explanation ?? last;
  return (
    <section
      aria-label="Effective job"
      data-testid="effective-job"
      data-revision={revision}
      aria-busy={loading || undefined}
      className={cx("flex min-w-0 flex-col rounded-lg border border-line bg-surface shadow-card", className)}
    >
      <header className="flex min-h-11 flex-wrap items-center gap-2 px-4 pt-2">
        <h2 className="min-w-0 grow font-semibold">{title}</h2>
        {loading ? <Spinner /> : null}
        {shown ? <Verdict explanation={shown} /> : null}
      </header>
      {shown ? (
        <div className="flex min-w-0 flex-col gap-2 px-4 pb-4">
          <Problems explanation={shown} onShowRow={props.onShowRow} />
          <Tabs
            label="Effective job"
            value={tab}
            onChange={setTab}
            items={[
              { id: "resolved", label: "Resolved", content: <ResolvedTab job={shown.job} /> },
              { id: "command", label: "Command & env", content: <CommandTab job={shown.job} /> },
              {
                id: "worker",
                label: "Worker",
                content: <LaunchTab job={shown.job} poolType={props.poolType} />,
              },
              ...(baselines.length || props.chooser
                ? [
                    {
                      id: "diff",
                      label: "Diff",
                      content: <DiffTab job={shown.job} baselines={baselines} chooser={props.chooser} />,
                    },
                  ]
                : []),
            ]}
          />
        </div>
      ) : (
        <p className="px-4 pt-1 pb-4 text-muted">It is shown as soon as the server has resolved it.</p>
      )}
    </section>
  );
}

/** Grows with each resolution that is shown. */
function useRevision(explanation: Explanation | undefined): number {
  const revision = useRef(0);
  const shown = useRef<Explanation>(undefined);
  if (explanation && explanation !== shown.current) {
    shown.current = explanation;
    revision.current += 1;
  }
  return revision.current;
}

function Verdict({ explanation }: { explanation: Explanation }) {
  const { errors, job } = explanation;
  if (errors.length) return <Chip tone="danger">{plural(errors.length, "error")}</Chip>;
  const warnings = job.warnings?.length ?? 0;
  return (
    <>
      {warnings ? <Chip tone="warning">{plural(warnings, "warning")}</Chip> : null}
      <Chip tone="success">valid</Chip>
    </>
  );
}

const SHOWN = 5;

function Problems({
  explanation,
  onShowRow,
}: {
  explanation: Explanation;
  onShowRow: EffectiveJobProps["onShowRow"];
}) {
  const problems: RowProblem[] = explanation.errors.map((problem) => ({ ...problem, severity: "error" }));
  if (!problems.length) return null;
  return (
    <ul className="flex flex-col gap-1 rounded-md bg-danger-soft px-3 py-2">
      {problems.slice(0, SHOWN).map((problem) => (
        <li
          key={`${problem.path}${problem.rule}${problem.message}`}
          className="flex flex-wrap items-baseline gap-x-2"
        >
          {problem.path && onShowRow ? (
            <button
              type="button"
              onClick={() => onShowRow(problem.path)}
              className="rounded font-mono text-sm font-medium text-danger underline underline-offset-2"
            >
              {problem.path}
            </button>
          ) : (
            <code className="font-mono text-sm font-medium">{problem.path}</code>
          )}
          <ProblemLine problem={problem} />
        </li>
      ))}
      {problems.length > SHOWN ? <li className="text-sm">and {problems.length - SHOWN} more.</li> : null}
    </ul>
  );
}
