import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { cx } from "@/design/cx";
import { Switch } from "@/design/switch";
import { Time } from "@/design/time";
import { toast, toastError } from "@/design/toast";
import { isMap, type Json } from "@/lib/exact-json";
import { plural } from "@/lib/format";
import type { Schedule } from "../queries";
import { missedWords } from "./missed";
import { addSchedule, changeSchedule, deleteSchedule, previewQuery } from "./queries";
import { toSave } from "./saved";
import { inWords } from "./words";

interface ScheduleItemProps {
  deploymentId: string;
  saved: Schedule;
  parameters: Json;
  paused: boolean;
  onEdit: () => void;
}

/** One schedule: in words, as it is written, when it is next, and what can be done with it. */
export function ScheduleItem({ deploymentId, saved, parameters, paused, onEdit }: ScheduleItemProps) {
  const { id, schedule, slug, max_scheduled_runs: most } = saved;
  const [wanted, setWanted] = useState<boolean>();
  const active = wanted ?? saved.active;
  const words = inWords(schedule);
  const isOn = active && !paused;
  const next = useQuery({ ...previewQuery(schedule, 1), enabled: isOn });
  const names = isMap(parameters) ? [...parameters.keys()] : [];
  const set = async (on: boolean) => {
    setWanted(on);
    try {
      await changeSchedule(deploymentId, id, { active: on });
      toast({
        title: `Switched ${on ? "on" : "off"}: ${words}`,
        undo: () => changeSchedule(deploymentId, id, { active: !on }),
      });
    } catch (error) {
      toastError(error, "The schedule was not changed.");
    } finally {
      setWanted(undefined);
    }
  };
  const remove = async () => {
    try {
      await deleteSchedule(deploymentId, id);
      toast({
        title: `Deleted the schedule: ${words}`,
        detail: "Its runs that waited are gone; they come back with it.",
        undo: () => addSchedule(deploymentId, toSave(saved, parameters)),
      });
    } catch (error) {
      toastError(error, "The schedule was not deleted.");
    }
  };
  return (
    <li className="flex items-start gap-3 px-4 py-3">
      <span className="pt-0.5">
        <Switch hideLabel label={`${words} is active`} checked={active} onChange={(on) => void set(on)} />
      </span>
      <div className="flex min-w-0 grow flex-col gap-1">
        <p className={cx("font-medium break-words first-letter:uppercase", !isOn && "text-muted")}>{words}</p>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
          <span>{schedule.timezone ?? "UTC"}</span>
          <code className="font-mono text-xs break-all">{writtenAs(schedule)}</code>
        </p>
        <p className="flex flex-wrap items-center gap-1.5 text-sm">
          {isOn ? (
            next.data?.runs[0] ? (
              <span>
                next <Time value={next.data.runs[0].at} />,{" "}
                <Time
                  value={next.data.runs[0].at}
                  format="absolute"
                  precision="minute"
                  zone={next.data.timezone}
                />
              </span>
            ) : next.data ? (
              <span className="text-warning">makes no more runs</span>
            ) : (
              <span className="text-muted">next …</span>
            )
          ) : (
            <span className="text-muted">{active ? "paused with the deployment" : "switched off"}</span>
          )}
          {slug ? <Chip mono>{slug}</Chip> : null}
          {names.length ? (
            <Chip tone="accent">
              sets {names.length > 2 ? plural(names.length, "parameter") : names.join(", ")}
            </Chip>
          ) : null}
          {most === null ? null : <Chip>{plural(most, "run")} ahead</Chip>}
          {missedWords(saved).map((each) => (
            <Chip key={each}>{each}</Chip>
          ))}
        </p>
      </div>
      <span className="flex shrink-0 gap-0.5">
        <IconButton icon={Pencil} kind="ghost" size="small" label={`Edit: ${words}`} onClick={onEdit} />
        <IconButton
          icon={Trash2}
          kind="ghost"
          size="small"
          label={`Delete: ${words}`}
          onClick={() => void remove()}
        />
      </span>
    </li>
  );
}

function writtenAs(schedule: Schedule["schedule"]): string {
  if ("cron" in schedule) return schedule.cron;
  return "rrule" in schedule ? schedule.rrule : `${schedule.interval} s`;
}
