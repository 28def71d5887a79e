import { CalendarPlus, Pause, Play } from "lucide-react";
import { useState } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { EmptyState } from "@/design/empty-state";
import type { Json } from "@/lib/exact-json";
import { useKeys } from "@/lib/keys";
import { shellWord } from "@/lib/quoting";
import { fullName } from "../names";
import type { DeploymentDocument, DeploymentRow, Schedule } from "../queries";
import { usePause } from "../use-actions";
import { MonthCard } from "./month-card";
import { exactParameters } from "./saved";
import { ScheduleDialog } from "./schedule-dialog";
import { ScheduleItem } from "./schedule-item";

interface SchedulesTabProps {
  row: DeploymentRow;
  found: DeploymentDocument;
}

type Editing = { schedule: Schedule; parameters: Json } | "new" | undefined;

/** When the deployment runs by itself. */
export function SchedulesTab({ row, found }: SchedulesTabProps) {
  const { id, schedules } = row;
  const { shown: paused, change } = usePause({ id, full: fullName(row) }, row.paused);
  const [editing, setEditing] = useState<Editing>();
  const add = () => setEditing("new");
  useKeys("Schedules", [{ keys: "n", label: "Add a schedule", run: add }]);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {paused && schedules.length > 0 ? (
        <Banner
          tone="warning"
          title="The deployment is paused: none of its schedules makes runs."
          actions={
            <Button size="small" icon={Play} onClick={() => void change(false)}>
              Resume
            </Button>
          }
        />
      ) : null}
      <div className="grid min-w-0 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(0,34rem)]">
        <Card
          flush
          title="Schedules"
          actions={
            <>
              {schedules.length > 0 && !paused ? (
                <Button size="small" icon={Pause} onClick={() => void change(true)}>
                  Pause all
                </Button>
              ) : null}
              <Button size="small" icon={CalendarPlus} onClick={add}>
                Add<span className="max-sm:hidden"> schedule</span>
              </Button>
            </>
          }
        >
          {schedules.length === 0 ? (
            <EmptyState
              title="It has no schedule"
              command={`penstock deployment schedule create ${shellWord(fullName(row))} --cron "0 9 * * *"`}
              action={
                <Button icon={CalendarPlus} onClick={add}>
                  Add a schedule
                </Button>
              }
            >
              It runs only when it is asked to. A schedule makes its runs ahead of their time.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {schedules.map((schedule) => {
                const parameters = exactParameters(found, schedule.id);
                return (
                  <ScheduleItem
                    key={schedule.id}
                    deploymentId={id}
                    saved={schedule}
                    parameters={parameters}
                    paused={paused}
                    onEdit={() => setEditing({ schedule, parameters })}
                  />
                );
              })}
            </ul>
          )}
        </Card>
        {schedules.length > 0 ? <MonthCard schedules={schedules} paused={paused} /> : null}
      </div>
      {editing ? (
        <ScheduleDialog
          deploymentId={id}
          saved={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      ) : null}
    </div>
  );
}
