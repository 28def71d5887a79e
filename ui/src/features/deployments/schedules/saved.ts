import { EMPTY_MAP, isList, isMap, type Json } from "@/lib/exact-json";
import type { DeploymentDocument, Schedule } from "../queries";
import type { ScheduleToSave } from "./queries";

/** The parameters of a schedule as they are spelled. */
export function exactParameters({ exact }: DeploymentDocument, id: string): Json {
  const schedules = exact.get("schedules");
  const found = isList(schedules)
    ? schedules.find((each) => isMap(each) && each.get("id") === id)
    : undefined;
  return (isMap(found) ? found.get("parameters") : undefined) ?? EMPTY_MAP;
}

/** What makes the same schedule again. */
export function toSave(
  { schedule, active, max_scheduled_runs, slug, catch_up, max_lateness_seconds }: Schedule,
  parameters: Json,
): ScheduleToSave {
  const missed = {
    catch_up: catch_up ?? null,
    max_lateness_seconds: max_lateness_seconds ?? null,
  };
  return { schedule, active, max_scheduled_runs, slug, parameters, ...missed };
}
