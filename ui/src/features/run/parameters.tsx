import { Chip } from "@/design/chip";
import { CopyButton } from "@/design/copy-button";
import { EmptyState } from "@/design/empty-state";
import { JsonView } from "@/design/json-view";
import type { RunDetail } from "./queries";

interface Property {
  title?: string;
  description?: string;
  default?: unknown;
}

function propertiesOf(schema: RunDetail["parameter_openapi_schema"]): Record<string, Property> {
  const found = schema?.properties;
  return found && typeof found === "object" ? (found as Record<string, Property>) : {};
}

/** What the run was called with, with what its deployment says about each. */
export function RunParameters({ detail }: { detail: RunDetail }) {
  const { run, parameter_openapi_schema: schema } = detail;
  const parameters = run.parameters ?? {};
  const names = Object.keys(parameters);
  if (names.length === 0) return <EmptyState title="It was called without parameters" compact />;
  const properties = propertiesOf(schema);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex justify-end">
        <CopyButton text={JSON.stringify(parameters, null, 2)} label="Copy as JSON" showLabel />
      </div>
      <dl className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
        {names.map((name) => (
          <Parameter key={name} name={name} value={parameters[name]} property={properties[name]} />
        ))}
      </dl>
    </div>
  );
}

function Parameter({
  name,
  value,
  property,
}: {
  name: string;
  value: unknown;
  property: Property | undefined;
}) {
  const isDefault = property !== undefined && "default" in property && same(property.default, value);
  const title = property?.title;
  return (
    <div className="grid gap-x-6 gap-y-1 px-4 py-2.5 sm:grid-cols-[minmax(10rem,18rem)_1fr]">
      <dt className="min-w-0">
        <span className="font-mono text-sm font-medium break-all">{name}</span>
        {title && title.toLowerCase() !== name.toLowerCase().replaceAll("_", " ") ? (
          <span className="block text-sm text-muted">{title}</span>
        ) : null}
        {property?.description ? (
          <span className="block text-sm text-muted">{property.description}</span>
        ) : null}
      </dt>
      <dd className="flex min-w-0 items-start justify-between gap-3">
        <div className="min-w-0 grow">
          <JsonView value={value} label={name} />
        </div>
        {isDefault ? <Chip>default</Chip> : null}
      </dd>
    </div>
  );
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
