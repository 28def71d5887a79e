import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { Button } from "@/design/button";
import type { JsonMap } from "@/lib/exact-json";
import { plural } from "@/lib/format";
import { JOB } from "./parts";
import { type Coverage, cutPlaceholders } from "./placeholders";
import { addPlaceholder, addVariable, removeVariable } from "./variables";

export interface CoverageListProps {
  coverage: Coverage;
  edit: (next: (template: JsonMap) => JsonMap) => void;
}

/** Which placeholders lead nowhere, and which variables go nowhere, each with what puts it right. */
export function CoverageList({ coverage, edit }: CoverageListProps) {
  const { uses, unused, missing } = coverage;
  if (!unused.length && !missing.length) {
    return (
      <p className="flex items-center gap-1.5 text-sm text-muted">
        <CircleCheck aria-hidden className="size-4 text-success" />
        {uses.size
          ? `${plural(uses.size, "variable")} used, all of them declared; every variable goes somewhere.`
          : "It has no placeholders."}
      </p>
    );
  }
  return (
    <ul aria-label="Placeholders and variables that don’t meet" className="flex flex-col gap-1.5 text-sm">
      {missing.map((name) => (
        <li key={`missing-${name}`} className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <CircleAlert role="img" aria-label="Error" className="size-4 shrink-0 text-danger" />
          <span className="min-w-0 grow">
            <code className="font-mono">{`{{ ${name} }}`}</code> stands at{" "}
            <code className="font-mono text-muted">
              {uses
                .get(name)
                ?.map(({ path }) => path.join("."))
                .join(", ")}
            </code>{" "}
            and is not declared.
          </span>
          <Button size="small" onClick={() => edit((template) => addVariable(template, name))}>
            Declare {name}
          </Button>
          <Button
            size="small"
            kind="ghost"
            onClick={() => edit((template) => cutPlaceholders(template, name))}
          >
            Remove the placeholder
          </Button>
        </li>
      ))}
      {unused.map((name) => (
        <li key={`unused-${name}`} className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <TriangleAlert role="img" aria-label="Warning" className="size-4 shrink-0 text-warning" />
          <span className="min-w-0 grow">
            <code className="font-mono">{name}</code> is declared, and no placeholder uses it.
          </span>
          <Button size="small" onClick={() => edit((template) => addPlaceholder(template, name))}>
            Use it in {JOB}
          </Button>
          <Button
            size="small"
            kind="ghost"
            onClick={() => edit((template) => removeVariable(template, name))}
          >
            Remove {name}
          </Button>
        </li>
      ))}
    </ul>
  );
}
