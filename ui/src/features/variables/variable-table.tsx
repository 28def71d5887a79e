import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Pencil, Trash2, Variable as VariableIcon } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { CopyButton } from "@/design/copy-button";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { FilterBar } from "@/design/filter-bar";
import { SearchField } from "@/design/text-field";
import { Time } from "@/design/time";
import { toast } from "@/design/toast";
import { type Search, textOf } from "@/lib/search";
import { deleteVariable, saveVariable, type Variable, variablesQuery } from "./queries";
import { VariableDialog } from "./variable-dialog";

/** All variables, with what it takes to edit them. */
export function VariableTable({
  creating,
  onCreate,
}: {
  creating: boolean;
  onCreate: (open: boolean) => void;
}) {
  const text = textOf(useSearch({ strict: false }) as Search, "q");
  const navigate = useNavigate();
  const [editing, setEditing] = useState<Variable | null>(null);
  const [doomed, setDoomed] = useState<Variable | null>(null);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } =
    useInfiniteQuery(variablesQuery(text));
  const columns = useMemo(() => columnsWith({ edit: setEditing, remove: setDoomed }), []);
  return (
    <>
      <DataTable
        id="variables"
        label="Variables"
        noun="variable"
        columns={columns}
        rows={data?.pages.flat()}
        rowId={({ id }) => id}
        error={error}
        onRetry={refetch}
        stale={isPlaceholderData}
        hasMore={hasNextPage}
        loadingMore={isFetchingNextPage}
        onLoadMore={fetchNextPage}
        empty={
          text ? <EmptyState compact title="No variable is called so" /> : <NoVariables onCreate={onCreate} />
        }
        toolbar={
          <FilterBar>
            <SearchField
              label="Filter variables"
              value={text}
              onChange={(q) => void navigate({ to: ".", search: { q }, replace: true })}
            />
          </FilterBar>
        }
      />
      {creating ? <VariableDialog variable={null} onClose={() => onCreate(false)} /> : null}
      {editing ? <VariableDialog variable={editing} onClose={() => setEditing(null)} /> : null}
      {doomed ? <DeleteDialog variable={doomed} onClose={() => setDoomed(null)} /> : null}
    </>
  );
}

function NoVariables({ onCreate }: { onCreate: (open: boolean) => void }) {
  return (
    <EmptyState
      icon={VariableIcon}
      title="There are no variables yet"
      command="penstock variable set region eu-west-1"
      action={<Button onClick={() => onCreate(true)}>New variable</Button>}
    >
      A variable is a JSON value under a name, for flows and for job variables.
    </EmptyState>
  );
}

function DeleteDialog({ variable, onClose }: { variable: Variable; onClose: () => void }) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["variables"] });
  const remove = async () => {
    await deleteVariable(variable.id);
    await refresh();
    const undo = async () => {
      await saveVariable({ name: variable.name, value: variable.value, tags: variable.tags });
      await refresh();
    };
    toast({ title: `Deleted the variable ${variable.name}`, undo });
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Delete ${variable.name}?`}
      confirm="Delete"
      danger
      onConfirm={remove}
    >
      Flows that read it, and jobs that refer to it without a default, will fail from now on.
    </ConfirmDialog>
  );
}

interface Actions {
  edit: (variable: Variable) => void;
  remove: (variable: Variable) => void;
}

function columnsWith({ edit, remove }: Actions): Column<Variable>[] {
  return [
    {
      id: "name",
      header: "Name",
      required: true,
      minWidth: 200,
      value: ({ name }) => name,
      cell: (variable) => (
        <button
          type="button"
          data-row-link
          onClick={() => edit(variable)}
          className="min-w-0 truncate rounded-sm font-mono text-sm hover:text-accent hover:underline"
        >
          {variable.name}
        </button>
      ),
    },
    {
      id: "value",
      header: "Value",
      minWidth: 280,
      value: ({ value }) => (typeof value === "string" ? value : JSON.stringify(value)),
      cell: ({ name, value }) => {
        const text = JSON.stringify(value);
        return (
          <span className="flex min-w-0 items-center gap-1">
            <code className="truncate font-mono text-sm" title={text.slice(0, 1000)}>
              {text}
            </code>
            <CopyButton text={typeof value === "string" ? value : text} label={`Copy the value of ${name}`} />
          </span>
        );
      },
    },
    {
      id: "tags",
      header: "Tags",
      minWidth: 140,
      value: ({ tags }) => tags.join(", "),
      cell: ({ tags }) => (
        <span className="flex min-w-0 flex-wrap gap-1">
          {tags.map((tag) => (
            <Chip key={tag}>{tag}</Chip>
          ))}
        </span>
      ),
    },
    {
      id: "updated",
      header: "Updated",
      width: 150,
      value: ({ updated }) => updated,
      cell: ({ updated }) => <Time value={updated} />,
    },
    {
      id: "actions",
      header: "Actions",
      width: 100,
      align: "right",
      required: true,
      cell: (variable) => (
        <span className="flex justify-end gap-1">
          <IconButton
            icon={Pencil}
            kind="ghost"
            size="small"
            label={`Edit ${variable.name}`}
            onClick={() => edit(variable)}
          />
          <IconButton
            icon={Trash2}
            kind="ghost"
            size="small"
            label={`Delete ${variable.name}`}
            onClick={() => remove(variable)}
          />
        </span>
      ),
    },
  ];
}
