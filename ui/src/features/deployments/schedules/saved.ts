import { EMPTY_MAP, isList, isMap, type Json } from "@/lib/exact-json";
import type { DeploymentDocument, Schedule } from "../queries";
import { missedOf, missedToSave } from "./missed";
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
export function toSave(saved: Schedule, parameters: Json): ScheduleToSave {
  const { schedule, active, max_scheduled_runs, slug } = saved;
  return { schedule, active, max_scheduled_runs, slug, parameters, ...missedToSave(missedOf(saved)) };
}
