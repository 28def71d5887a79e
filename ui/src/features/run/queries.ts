import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiError, api, apiUrl, JsonText, type Schema, send } from "@/lib/api";
import { type Json, type JsonMap, parseJson, printJson } from "@/lib/exact-json";
import { live } from "@/lib/live";

export type RunDetail = Schema["FlowRunDetail"];
export type Subject = Schema["Subject"];

const TASKS_PER_PAGE = 200;

export function runDetailQuery(id: string) {
  return queryOptions({
    queryKey: ["flow_runs", id, "detail"],
    queryFn: ({ signal }) => api.get("/flow_runs/{id}/detail", { path: { id }, signal }),
  });
}

/** Kept up to date by `useLiveTimeline`: it is too large to be asked for with every change. */
export function timelineQuery(id: string) {
  return queryOptions({
    queryKey: ["timelines", id],
    queryFn: async ({ signal }) => {
      const began = performance.now();
      const timeline = await api.get("/flow_runs/{id}/timeline", { path: { id }, signal });
      timelineCost.set(id, performance.now() - began);
      return timeline;
    },
    // Drawn from columns that are compared by identity; comparing 50,000 of each value by value takes longer.
    structuralSharing: false,
  });
}

/** Milliseconds that the last answer took, by run. */
const timelineCost = new Map<string, number>();

/** Asks for the timeline anew when tasks change: the longer an answer takes, the more rarely. */
export function useLiveTimeline(id: string): void {
  const client = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const look = () => {
      timer = undefined;
      last = performance.now();
      void client.invalidateQueries({ queryKey: timelineQuery(id).queryKey });
    };
    const changed = (noun: string) =>
      live.onChange(noun, (ids) => {
        if (ids === "*" || !ids.includes(id)) return;
        const pause = Math.min(10_000, Math.max(PACE_MS / 2, 8 * (timelineCost.get(id) ?? 0)));
        // That the run began or ended is shown at once.
        const wait = noun === "flow_runs" ? 0 : Math.max(0, last + pause - performance.now());
        if (noun === "flow_runs") clearTimeout(timer);
        else if (timer !== undefined) return;
        timer = setTimeout(look, Math.max(250, wait));
      });
    const stops = ["task_runs", "flow_runs"].map(changed);
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [client, id]);
}

export interface TaskListChoice {
  states: readonly string[];
  text: string;
  sort: Schema["TaskRunSort"];
}

export function taskRunsQuery(flowRunId: string, { states, text, sort }: TaskListChoice) {
  return infiniteQueryOptions({
    queryKey: ["task_runs", flowRunId, "list", states, text, sort],
    queryFn: ({ signal, pageParam }) =>
      api.post("/task_runs/paginate", {
        body: {
          page: pageParam,
          limit: TASKS_PER_PAGE,
          sort,
          task_runs: {
            flow_run_id: { any_: [flowRunId] },
            ...(states.length ? { state: { type: { any_: states as Schema["StateType"][] } } } : {}),
            ...(text ? { name: { like_: text } } : {}),
          },
        },
        signal,
      }),
    initialPageParam: 1,
    getNextPageParam: (last) => (last.page < last.pages ? last.page + 1 : undefined),
  });
}

/** What came of a proposed state. Raises an error where nothing came of it. */
async function propose(id: string, state: Schema["StateCreate"]): Promise<Schema["State"] | null> {
  const {
    status,
    state: now,
    details,
  } = await api.post("/flow_runs/{id}/set_state", {
    path: { id },
    body: { state },
  });
  if (status === "ACCEPT" || status === "REJECT") return now;
  const reason =
    "reason" in details && details.reason ? details.reason : `It is ${now?.name ?? "unchanged"}.`;
  throw new ApiError(`The run was not changed: ${reason}`, { status: 409, code: status.toLowerCase() });
}

function useChange<T, V>(id: string, run: (given: V) => Promise<T>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => client.invalidateQueries({ queryKey: ["flow_runs"] }),
    mutationKey: ["flow_runs", id],
  });
}

/** One that has not started is cancelled at once; else whoever runs it is asked to end it. */
export function useCancelRun(id: string) {
  return useChange(id, () => propose(id, { type: "CANCELLING", message: "Cancelled in the UI." }));
}

/** Schedules a run that has ended again, with the same parameters and job variables. */
export function useRetryRun(id: string) {
  return useChange(id, () =>
    propose(id, { type: "SCHEDULED", name: "AwaitingRetry", message: "Retried in the UI." }),
  );
}

/** What a paused run asks for. */
interface Question {
  /** JSON Schema of an object. */
  schema: Json;
  /** What the flow says above its form. */
  description: string | null;
}

/** Under which keys a pause says what it asks for, and is answered. */
export type Keys = Record<string, string>;

/** What was said to the run under a key; null where nothing was. */
async function said(id: string, key: string | undefined, signal: AbortSignal): Promise<Json> {
  if (key === undefined) return null;
  const url = apiUrl(`flow_runs/${id}/input/${encodeURIComponent(key)}`);
  try {
    return parseJson(await (await send("GET", url, { signal })).text());
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export function questionQuery(id: string, keys: Keys) {
  return queryOptions({
    queryKey: ["run_questions", id, keys],
    queryFn: async ({ signal }): Promise<Question> => {
      const [schema, description] = await Promise.all([
        said(id, keys.schema, signal),
        said(id, keys.description, signal),
      ]);
      return { schema, description: typeof description === "string" ? description : null };
    },
  });
}

/** Lets a paused run go on; with what it asks for, where it asks for something. What does not fit is refused. */
export function useResumeRun(id: string) {
  return useChange(id, async (input: JsonMap | null) => {
    const fields: [string, Json][] = [["message", "Resumed in the UI."]];
    if (input) fields.push(["run_input", input]);
    const body = new JsonText(printJson(new Map(fields))) as unknown as Schema["FlowRunResume"];
    const { status, state, details } = await api.post("/flow_runs/{id}/resume", { path: { id }, body });
    if (status === "ACCEPT") return state;
    const reason = "reason" in details && details.reason ? details.reason : "It is not paused.";
    throw new ApiError(`The run was not resumed. ${reason}`, { status: 409, code: status.toLowerCase() });
  });
}

export function useDeleteRun(id: string) {
  return useChange(id, () => api.delete("/flow_runs/{id}", { path: { id } }));
}

const PACE_MS = 2000;

/** Counts of task runs and lines are part of the run's detail; they change without the run itself changing. */
export function useLiveCounts(id: string): void {
  const client = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: runDetailQuery(id).queryKey });
    };
    const stops = ["task_runs", "logs"].map((noun) =>
      live.onChange(noun, (changed) => {
        if (changed !== "*" && changed.includes(id)) timer ??= setTimeout(look, PACE_MS);
      }),
    );
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [client, id]);
}

export type TaskDetail = Schema["TaskRunDetail"];

export function taskDetailQuery(id: string) {
  return queryOptions({
    queryKey: ["task_run_details", id],
    queryFn: ({ signal }) => api.get("/task_runs/{id}/detail", { path: { id }, signal }),
  });
}

/** Changes of task runs are told by the id of their flow run. */
export function useLiveTask(id: string, flowRunId: string | null | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: taskDetailQuery(id).queryKey });
    };
    const stop = live.onChange("task_runs", (changed) => {
      if (changed === "*" || (flowRunId && changed.includes(flowRunId)))
        timer ??= setTimeout(look, PACE_MS / 2);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, id, flowRunId]);
}
