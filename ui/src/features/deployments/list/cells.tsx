import { useNavigate } from "@tanstack/react-router";
import {
  CalendarClock,
  Ellipsis,
  Link2,
  Pause,
  Play,
  SlidersHorizontal,
  Terminal,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { copyWithToast } from "@/design/copy-with-toast";
import { Menu } from "@/design/menu";
import { Switch } from "@/design/switch";
import { Time } from "@/design/time";
import { Tooltip } from "@/design/tooltip";
import { DeleteDialog } from "../delete-dialog";
import { fullName, runCommand, standing } from "../names";
import type { DeploymentRow } from "../queries";
import { inWords } from "../schedules/words";
import { StandingBadge } from "../standing-badge";
import { usePause, useQuickRun } from "../use-actions";

export function Nothing() {
  return <span className="text-muted">–</span>;
}

const namedOf = (row: DeploymentRow) => ({ id: row.id, full: fullName(row) });

export function StatusCell({ row }: { row: DeploymentRow }) {
  const { shown, change } = usePause(namedOf(row), row.paused);
  return (
    <span className="flex items-center gap-2">
      <Switch
        hideLabel
        label={`${fullName(row)} is active`}
        checked={!shown}
        onChange={(active) => void change(!active)}
      />
      <StandingBadge {...standing({ ...row, paused: shown })} />
    </span>
  );
}

/** The first active schedule in words and when it is next; the others are counted. */
export function ScheduleCell({ row }: { row: DeploymentRow }) {
  const { schedules, next_run: next, paused } = row;
  const active = schedules.filter((each) => each.active);
  const [first] = active.length ? active : schedules;
  if (!first) return next ? <NextRun at={next.expected_start_time} /> : <Nothing />;
  const all = schedules.map(
    (each) => `${inWords(each.schedule)} (${each.schedule.timezone ?? "UTC"})${each.active ? "" : ", off"}`,
  );
  const isOff = active.length === 0 || paused;
  return (
    <span className="flex min-w-0 flex-col leading-tight">
      <span className="flex min-w-0 items-center gap-1.5">
        <span className={isOff ? "truncate text-muted line-through" : "truncate"} title={all.join("\n")}>
          {inWords(first.schedule)}
        </span>
        {schedules.length > 1 ? <Chip>+{schedules.length - 1}</Chip> : null}
      </span>
      {isOff ? (
        <span className="truncate text-xs text-muted">{paused ? "paused" : "switched off"}</span>
      ) : (
        <NextRun at={next?.expected_start_time} />
      )}
    </span>
  );
}

function NextRun({ at }: { at: string | null | undefined }) {
  if (!at) return null;
  return (
    <span className="flex items-center gap-1 text-xs text-muted">
      <CalendarClock aria-hidden className="size-3" />
      <span>
        next <Time value={at} />
      </span>
    </span>
  );
}

const SHOWN_NAMES = 1;

export function OverridesCell({ names }: { names: readonly string[] }) {
  const [only] = names;
  if (!only) return <Nothing />;
  return (
    <Tooltip text={`Sets ${names.join(", ")}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it stands for is told in its tooltip */}
      <span tabIndex={0} className="inline-flex max-w-full rounded-md align-middle">
        <Chip tone="accent" mono className="truncate">
          {names.length <= SHOWN_NAMES ? only : `${names.length} set`}
        </Chip>
      </span>
    </Tooltip>
  );
}

const SHOWN_TAGS = 1;

export function TagsCell({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return <Nothing />;
  const more = tags.length - SHOWN_TAGS;
  return (
    <span
      className="inline-flex max-w-full gap-1 align-middle"
      title={more > 0 ? tags.join(", ") : undefined}
    >
      {tags.slice(0, SHOWN_TAGS).map((tag) => (
        <Chip key={tag} className="min-w-0 truncate">
          {tag}
        </Chip>
      ))}
      {more > 0 ? <Chip>+{more}</Chip> : null}
    </span>
  );
}

export function ActionsCell({ row }: { row: DeploymentRow }) {
  const named = namedOf(row);
  const { full } = named;
  const { run, isBusy } = useQuickRun(named);
  const { change } = usePause(named, row.paused);
  const [isDeleting, setIsDeleting] = useState(false);
  const navigate = useNavigate();
  return (
    <span className="flex items-center justify-end gap-0.5">
      <IconButton
        icon={Play}
        kind="ghost"
        size="small"
        label={`Run ${full} now`}
        disabled={isBusy}
        onClick={() => void run()}
      />
      <Menu
        label={`Actions of ${full}`}
        trigger={<IconButton icon={Ellipsis} kind="ghost" size="small" label={`More of ${full}`} />}
        groups={[
          [
            { id: "run", label: "Run now", icon: Play, onSelect: () => void run() },
            {
              id: "custom",
              label: "Run with changes…",
              icon: SlidersHorizontal,
              onSelect: () => void navigate({ to: "/deployments/$id/run", params: { id: row.id } }),
            },
          ],
          [
            {
              id: "pause",
              label: row.paused ? "Resume" : "Pause",
              icon: row.paused ? Play : Pause,
              onSelect: () => void change(!row.paused),
            },
            {
              id: "copy",
              label: "Copy run command",
              icon: Terminal,
              onSelect: () => void copyWithToast(runCommand(full), "the command"),
            },
            { id: "id", label: "Copy id", icon: Link2, onSelect: () => void copyWithToast(row.id, "the id") },
          ],
          [
            {
              id: "delete",
              label: "Delete…",
              icon: Trash2,
              danger: true,
              onSelect: () => setIsDeleting(true),
            },
          ],
        ]}
      />
      <DeleteDialog {...named} open={isDeleting} onOpenChange={setIsDeleting} />
    </span>
  );
}
