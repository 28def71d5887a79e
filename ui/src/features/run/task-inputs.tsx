import { DefinitionList } from "@/design/definition-list";
import { EmptyState } from "@/design/empty-state";
import { Time } from "@/design/time";
import { duration } from "@/lib/format";
import type { TaskDetail } from "./queries";
import { type LinkTo, SubjectList } from "./subjects";

/** Where each argument came from: results of other runs as links, the rest in words. */
export function TaskInputs({ detail, linkTo }: { detail: TaskDetail; linkTo: LinkTo }) {
  const { run, inputs } = detail;
  const names = Object.keys({ ...run.task_inputs, ...inputs });
  if (names.length === 0) return <EmptyState title="It was called without arguments" compact />;
  return (
    <dl className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
      {names.map((name) => {
        const sources = inputs?.[name] ?? [];
        const others = (run.task_inputs?.[name] ?? []).filter(
          (input) => !("id" in input) || !sources.some(({ id }) => id === input.id),
        );
        return (
          <div key={name} className="grid gap-x-6 gap-y-1 px-4 py-2.5 sm:grid-cols-[minmax(10rem,18rem)_1fr]">
            <dt className="font-mono text-sm font-medium break-all">{name}</dt>
            <dd className="min-w-0">
              {sources.length > 0 ? (
                <span>
                  <span className="text-muted">result of </span>
                  <SubjectList subjects={sources} linkTo={linkTo} />
                </span>
              ) : null}
              {others.map((input) => (
                <span key={JSON.stringify(input)} className="block text-muted">
                  {inWords(input)}
                </span>
              ))}
              {sources.length === 0 && others.length === 0 ? (
                <span className="text-muted">a value of the flow&apos;s own</span>
              ) : null}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

type Input = NonNullable<TaskDetail["run"]["task_inputs"]>[string][number];

function inWords(input: Input): string {
  if (input.input_type === "parameter") return `the flow's parameter ${input.name}`;
  if (input.input_type === "constant") return `a constant of type ${input.type}`;
  return `the result of a run that is not there any more (${input.id})`;
}

/** Keys, cache and policy: what the engine went by. */
export function TaskDetails({ detail }: { detail: TaskDetail }) {
  const { run } = detail;
  const policy = run.empirical_policy;
  const delay = policy.retry_delay ?? policy.retry_delay_seconds ?? 0;
  return (
    <DefinitionList
      columns={3}
      items={[
        { label: "Task run id", value: <Code text={run.id} /> },
        { label: "Task key", value: <Code text={run.task_key} /> },
        { label: "Dynamic key", value: <Code text={run.dynamic_key} /> },
        { label: "Task version", value: run.task_version },
        {
          label: "Cache key",
          value: run.cache_key ? <Code text={run.cache_key} /> : "none: its result is not looked up",
        },
        {
          label: "Cache expires",
          value: run.cache_expiration ? <Time value={run.cache_expiration} /> : false,
        },
        { label: "Retries", value: String(policy.retries ?? policy.max_retries ?? 0) },
        {
          label: "Delay between attempts",
          value: [delay]
            .flat()
            .map((each) => duration(each))
            .join(", "),
        },
        { label: "Tags", value: (run.tags ?? []).join(", ") },
        { label: "Created", value: <Time value={run.created} format="absolute" /> },
      ]}
    />
  );
}

const Code = ({ text }: { text: string }) => <code className="font-mono text-sm break-all">{text}</code>;
