import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ListTodo } from "lucide-react";
import { useMemo } from "react";
import { Button } from "@/design/button";
import { DataTable } from "@/design/data-table/data-table";
import { pageProps } from "@/design/data-table/pages";
import type { Column, Sort } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { ChoiceFilter, FilterBar } from "@/design/filter-bar";
import { TextLink } from "@/design/link";
import { StateBadge, StateIcon } from "@/design/state-badge";
import { STATE_TYPES, stateLabel } from "@/design/states";
import { SearchField } from "@/design/text-field";
import { Duration, Time } from "@/design/time";
import type { Schema } from "@/lib/api";
import { count, duration } from "@/lib/format";
import { listOf, type Search, textOf } from "@/lib/search";
import { taskRunsQuery } from "./queries";

type Task = Schema["TaskRun"];
type SortName = Schema["TaskRunSort"];

const SORTS: Record<string, { asc: SortName; desc: SortName }> = {
  name: { asc: "NAME_ASC", desc: "NAME_DESC" },
  start: { asc: "EXPECTED_START_TIME_ASC", desc: "EXPECTED_START_TIME_DESC" },
  duration: { asc: "DURATION_ASC", desc: "DURATION_DESC" },
};

/** The task runs of a run, as the server has them, page by page. */
export function TaskTable({ flowRunId }: { flowRunId: string }) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const states = listOf(search, "task_state");
  const text = textOf(search, "task_name");
  const [column = "start", direction] = textOf(search, "task_sort", "start").split(".");
  const sort: Sort = {
    column: column in SORTS ? column : "start",
    direction: direction === "desc" ? "desc" : "asc",
  };
  const set = (part: Search) =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, ...part }), replace: true });
  const name = SORTS[sort.column]?.[sort.direction] ?? "EXPECTED_START_TIME_ASC";
  const query = useInfiniteQuery(taskRunsQuery(flowRunId, { states, text, sort: name }));
  const rows = useMemo(() => query.data?.pages.flatMap(({ results }) => results), [query.data]);
  const isFiltered = states.length > 0 || text !== "";
  const clear = () => set({ task_state: undefined, task_name: undefined });
  return (
    <DataTable
      id="task-runs"
      label="Task runs"
      noun="task run"
      columns={COLUMNS}
      rows={rows}
      rowId={(task) => task.id}
      total={query.data?.pages[0]?.count}
      sort={sort}
      onSort={(next) => set({ task_sort: `${next.column}.${next.direction}` })}
      {...pageProps(query)}
      toolbar={
        <FilterBar onClear={isFiltered ? clear : undefined}>
          <SearchField
            label="Name of the task run"
            value={text}
            onChange={(next) => set({ task_name: next || undefined })}
            className="w-56"
          />
          <ChoiceFilter
            label="State"
            value={states}
            onChange={(next) => set({ task_state: next.length ? next : undefined })}
            options={STATE_TYPES.map((type) => ({
              value: type,
              label: stateLabel(type),
              icon: <StateIcon type={type} />,
            }))}
          />
        </FilterBar>
      }
      empty={
        isFiltered ? (
          <EmptyState
            title="No task run matches"
            action={<Button onClick={clear}>Show all task runs</Button>}
          />
        ) : (
          <EmptyState icon={ListTodo} title="It has run no task yet">
            A function with <code className="font-mono">@task</code> that the flow calls appears here.
          </EmptyState>
        )
      }
    />
  );
}

const COLUMNS: Column<Task>[] = [
  {
    id: "name",
    header: "Task run",
    required: true,
    sortable: true,
    minWidth: 200,
    value: (task) => task.name,
    cell: (task) => (
      <TextLink quiet to="/task-runs/$id" params={{ id: task.id }}>
        {task.name}
      </TextLink>
    ),
  },
  {
    id: "state",
    header: "State",
    width: 170,
    value: (task) => task.state_name,
    cell: (task) => <StateBadge type={task.state_type} name={task.state_name} detail={task.state?.message} />,
  },
  {
    id: "start",
    header: "Started",
    width: 120,
    sortable: true,
    value: (task) => task.start_time,
    cell: (task) => <Time value={task.start_time} format="brief" />,
  },
  {
    id: "duration",
    header: "Duration",
    width: 110,
    align: "right",
    sortable: true,
    firstDirection: "desc",
    value: (task) => task.estimated_run_time,
    cell: (task) =>
      task.state_type === "RUNNING" ? (
        <Duration since={task.state?.timestamp} />
      ) : (
        duration(task.start_time ? task.estimated_run_time : null)
      ),
  },
  {
    id: "attempts",
    header: "Attempts",
    width: 95,
    align: "right",
    value: (task) => task.run_count,
    cell: (task) => count(task.run_count ?? 0),
  },
  {
    id: "tags",
    header: "Tags",
    width: 160,
    hidden: true,
    value: (task) => (task.tags ?? []).join(", "),
    cell: (task) => (task.tags ?? []).join(", "),
  },
];
