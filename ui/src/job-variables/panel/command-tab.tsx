import { type ReactNode, useMemo } from "react";
import { CodeBlock } from "@/design/code-block";
import { CopyButton } from "@/design/copy-button";
import { plural } from "@/lib/format";
import type { JobSpec } from "../json";
import { commandOf, environmentOf } from "../launch-preview";
import { hasReference, soundsSecret } from "../references";
import { ValueText } from "../value-text";

/** The argument vector and the environment, as the job's process sees them. */
export function CommandTab({ job }: { job: JobSpec }) {
  const environment = useMemo(() => environmentOf(job), [job]);
  const unset = job.unset_environment ?? [];
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Part title="Command">
        <Command job={job} />
      </Part>
      <Part
        title={`Environment: ${plural(environment.length, "variable")}`}
        actions={
          environment.length ? (
            <CopyButton
              label="Copy as .env"
              text={() =>
                environment
                  .filter(({ name }) => !soundsSecret(name))
                  .map(envLine)
                  .join("\n")
              }
            />
          ) : null
        }
      >
        {environment.length ? (
          <dl className="max-h-96 divide-y divide-line overflow-y-auto rounded-md border border-line">
            {environment.map(({ name, text }) => (
              <div key={name} className="grid grid-cols-[minmax(7rem,2fr)_3fr] gap-3 px-3 py-1">
                <dt className="font-mono text-sm break-all text-muted">{name}</dt>
                <dd className="min-w-0">
                  <EnvironmentValue name={name} text={text} />
                </dd>
              </div>
            ))}
          </dl>
        ) : (
          <p className="text-sm text-muted">No layer sets any.</p>
        )}
      </Part>
      {unset.length ? (
        <Part title="Taken away from what the worker hands down">
          <ul className="flex flex-wrap gap-1.5">
            {unset.map((name) => (
              <li key={name} className="rounded bg-sunken px-1.5 font-mono text-sm text-muted line-through">
                {name}
              </li>
            ))}
          </ul>
        </Part>
      ) : null}
    </div>
  );
}

/** Everything is text here: what looks like a number needs no quotes. */
function EnvironmentValue({ name, text }: { name: string; text: string }) {
  if (hasReference(text) || soundsSecret(name)) {
    return <ValueText value={text} masked={soundsSecret(name)} truncate={false} />;
  }
  if (text === "") return <span className="text-sm text-muted italic">empty</span>;
  return <span className="font-mono text-sm break-all whitespace-pre-wrap">{text}</span>;
}

export function Command({ job }: { job: JobSpec }) {
  const command = commandOf(job);
  if (!command) {
    return <p className="text-sm text-muted">None: the worker starts the flow’s own process.</p>;
  }
  if ("fault" in command) return <p className="text-sm text-danger">{command.fault}</p>;
  return <CodeBlock code={command.map(quoted).join(" ")} label="command" wrap />;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function envLine({ name, text }: { name: string; text: string }): string {
  return `${name}=${/^[\w@%+=:,./-]*$/.test(text) ? text : JSON.stringify(text)}`;
}

function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-1.5">
      <header className="flex min-h-7 items-center justify-between gap-2">
        <h3 className="text-sm font-medium">{title}</h3>
        {actions}
      </header>
      {children}
    </section>
  );
}
