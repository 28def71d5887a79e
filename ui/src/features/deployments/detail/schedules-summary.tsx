import { CalendarClock, CalendarOff } from "lucide-react";
import { Card } from "@/design/card";
import { EmptyState } from "@/design/empty-state";
import { TextLink } from "@/design/link";
import type { DeploymentRow } from "../queries";
import { inWords } from "../schedules/words";

/** When it runs by itself, in words. */
export function SchedulesSummary({ row }: { row: DeploymentRow }) {
  const { schedules, paused } = row;
  return (
    <Card
      flush
      title="Schedules"
      actions={
        <TextLink to="." search={{ tab: "schedules" }}>
          {schedules.length ? "Edit" : "Add one"}
        </TextLink>
      }
    >
      {schedules.length === 0 ? (
        <EmptyState compact title="It runs only when it is asked to" />
      ) : (
        <ul className="divide-y divide-line">
          {schedules.map(({ id, schedule, active, slug }) => {
            const isOn = active && !paused;
            const Icon = isOn ? CalendarClock : CalendarOff;
            return (
              <li key={id} className="flex items-start gap-2.5 px-4 py-2">
                <Icon
                  aria-hidden
                  className={`mt-0.75 size-4 shrink-0 ${isOn ? "text-accent" : "text-muted"}`}
                />
                <span className="min-w-0">
                  <span className={`block break-words ${isOn ? "" : "text-muted"}`}>{inWords(schedule)}</span>
                  <span className="block text-sm text-muted">
                    {[
                      schedule.timezone ?? "UTC",
                      slug,
                      isOn ? "" : active ? "paused with the deployment" : "switched off",
                    ]
                      .filter(Boolean)
                      .join(" · ")}
                  </span>
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
