import { type ReactNode, useMemo } from "react";
import { Chip } from "@/design/chip";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { type Json, printJson } from "@/lib/exact-json";
import { brief } from "@/schema-form/words";
import { type ParameterRow, parameterRows } from "./rows";

const COLUMNS: Column<ParameterRow>[] = [
  {
    id: "name",
    header: "Parameter",
    required: true,
    minWidth: 180,
    wrap: true,
    value: ({ name }) => name,
    cell: ({ name, description, required, isKnown }) => (
      <span className="flex min-w-0 flex-col py-0.5">
        <span className="flex min-w-0 items-center gap-1.5">
          <code className="truncate font-mono text-sm font-medium">{name}</code>
          {required ? <Chip>required</Chip> : null}
          {isKnown ? null : <Chip tone="warning">not of the flow</Chip>}
        </span>
        {description ? <span className="text-sm text-muted">{description}</span> : null}
      </span>
    ),
  },
  {
    id: "type",
    header: "Type",
    minWidth: 150,
    wrap: true,
    value: ({ type }) => type,
    cell: ({ type }) => <span className="text-muted">{type}</span>,
  },
  {
    id: "default",
    header: "Flow's default",
    minWidth: 160,
    wrap: true,
    hint: "What the flow's function says",
    value: ({ inherited }) => brief(inherited),
    cell: ({ inherited, own, isSecret }) => (
      <Value value={inherited} isSecret={isSecret} isBeaten={own !== undefined} />
    ),
  },
  {
    id: "value",
    header: "Deployment",
    minWidth: 160,
    wrap: true,
    hint: "What the deployment says; it wins over the flow's default",
    value: ({ own }) => brief(own),
    cell: ({ own, isSecret }) => <Value value={own} isSecret={isSecret} isWinner />,
  },
];

interface ValueProps {
  value: Json | undefined;
  isSecret: boolean;
  /** Something else stands above it. */
  isBeaten?: boolean | undefined;
  isWinner?: boolean | undefined;
}

function Value({ value, isSecret, isBeaten, isWinner }: ValueProps) {
  if (value === undefined) return <span className="text-muted">·</span>;
  const isPlain = value === null || typeof value !== "object";
  const text = isSecret && value !== null ? "••••••" : isPlain ? brief(value) : printJson(value);
  const ink = isBeaten ? "text-muted line-through" : isWinner ? "font-medium text-accent" : "";
  return (
    <code className={`line-clamp-4 py-0.5 font-mono text-sm break-words ${ink}`} title={text}>
      {text}
    </code>
  );
}

/** The flow's parameters: what each may be, and what it is when nobody says otherwise. */
export function ParameterTable({ schema, own, toolbar }: { schema: Json; own: Json; toolbar: ReactNode }) {
  const rows = useMemo(() => parameterRows(schema, own), [schema, own]);
  return (
    <DataTable
      id="deployment-parameters"
      label="Parameters"
      noun="parameter"
      toolbar={toolbar}
      columns={COLUMNS}
      rows={rows}
      rowId={({ name }) => name}
      empty={<EmptyState compact title="Its flow has no parameters" />}
    />
  );
}
