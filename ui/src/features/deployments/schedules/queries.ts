import { queryOptions } from "@tanstack/react-query";
import { api, JsonText, type Schema } from "@/lib/api";
import { type Json, printJson } from "@/lib/exact-json";
import { refresh } from "../queries";

export type ScheduleSent = Schema["DeploymentScheduleCreate"]["schedule"];
type SchedulePreview = Schema["SchedulePreview"];
/** With the schedule that it is of. */
export type Previewed = SchedulePreview & { schedule: ScheduleSent };

export interface ScheduleToSave {
  schedule: ScheduleSent;
  active: boolean;
  max_scheduled_runs: number | null;
  slug: string | null;
  catch_up?: Schema["DeploymentScheduleCreate"]["catch_up"];
  max_lateness_seconds?: number | null;
  /** As they are spelled. */
  parameters: Json;
}

function scheduleText({ parameters, ...rest }: Partial<ScheduleToSave>): string {
  const fields = JSON.stringify(rest);
  if (parameters === undefined) return fields;
  return `${fields.slice(0, -1)}${fields === "{}" ? "" : ","}"parameters":${printJson(parameters)}}`;
}

export async function addSchedule(id: string, schedule: ScheduleToSave): Promise<void> {
  const body = new JsonText(`[${scheduleText(schedule)}]`) as unknown as Schema["DeploymentScheduleCreate"][];
  await api.post("/deployments/{id}/schedules", { path: { id }, body });
  await refresh();
}

export async function changeSchedule(
  id: string,
  scheduleId: string,
  change: Partial<ScheduleToSave>,
): Promise<void> {
  const body = new JsonText(scheduleText(change)) as unknown as Schema["DeploymentScheduleUpdate"];
  await api.patch("/deployments/{id}/schedules/{schedule_id}", {
    path: { id, schedule_id: scheduleId },
    body,
  });
  await refresh();
}

export async function deleteSchedule(id: string, scheduleId: string): Promise<void> {
  await api.delete("/deployments/{id}/schedules/{schedule_id}", { path: { id, schedule_id: scheduleId } });
  await refresh();
}

/** When a schedule would make runs; the server's answer is also what checks it. */
export function previewQuery(schedule: ScheduleSent | undefined, count: number, start?: string) {
  return queryOptions({
    queryKey: ["schedule-preview", schedule, count, start],
    queryFn: async ({ signal }): Promise<Previewed> => {
      const asked = schedule as ScheduleSent;
      const body = { schedule: asked, count, ...(start ? { start } : {}) };
      return { ...(await api.post("/schedules/preview", { body, signal })), schedule: asked };
    },
    enabled: schedule !== undefined,
    staleTime: 20_000,
    gcTime: 60_000,
  });
}

const MOST_PAGES = 8;
const TIMES_A_PAGE = 100;

export interface MonthTimes {
  runs: SchedulePreview["runs"];
  /** There are more until the end than were asked for. */
  isCut: boolean;
}

/** All times of a schedule between two moments, as far as they can be counted with some questions. */
export function timesBetweenQuery(schedule: ScheduleSent, from: number, to: number) {
  return queryOptions({
    queryKey: ["schedule-preview", "between", schedule, from, to],
    queryFn: async ({ signal }): Promise<MonthTimes> => {
      const runs: SchedulePreview["runs"] = [];
      let start = new Date(from - 1).toISOString();
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const body = { schedule, count: TIMES_A_PAGE, start };
        const found = (await api.post("/schedules/preview", { body, signal })).runs;
        runs.push(...found.filter(({ at }) => Date.parse(at) < to));
        const last = found.at(-1);
        if (!last || found.length < TIMES_A_PAGE || Date.parse(last.at) >= to) return { runs, isCut: false };
        start = last.at;
      }
      return { runs, isCut: true };
    },
    staleTime: 5 * 60_000,
  });
}
