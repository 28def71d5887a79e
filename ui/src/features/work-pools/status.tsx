import { CircleAlert, CircleCheck, CirclePause, type LucideIcon } from "lucide-react";
import { cx } from "@/design/cx";
import { Tooltip } from "@/design/tooltip";
import type { Schema } from "@/lib/api";

interface Look {
  icon: LucideIcon;
  ink: string;
  label: string;
  detail: string;
}

const POOL: Record<Schema["WorkPoolStatus"], Look> = {
  READY: { icon: CircleCheck, ink: "text-success", label: "Ready", detail: "At least one worker is online." },
  NOT_READY: {
    icon: CircleAlert,
    ink: "text-warning",
    label: "No worker",
    detail: "No worker is online: runs wait until one is started.",
  },
  PAUSED: {
    icon: CirclePause,
    ink: "text-muted",
    label: "Paused",
    detail: "Workers take no runs from it until it is resumed.",
  },
};
const QUEUE: Record<Schema["WorkQueueStatus"], Look> = {
  READY: {
    icon: CircleCheck,
    ink: "text-success",
    label: "Ready",
    detail: "A worker asked for its runs lately.",
  },
  NOT_READY: {
    icon: CircleAlert,
    ink: "text-warning",
    label: "Not polled",
    detail: "No worker asks for its runs.",
  },
  PAUSED: { icon: CirclePause, ink: "text-muted", label: "Paused", detail: "Workers take no runs from it." },
};

export function PoolStatus({ status }: { status: Schema["WorkPoolStatus"] }) {
  return <Status {...POOL[status]} />;
}

export function QueueStatus({ status }: { status: Schema["WorkQueueStatus"] }) {
  return <Status {...QUEUE[status]} />;
}

function Status({ icon: Icon, ink, label, detail }: Look) {
  return (
    <Tooltip text={detail}>
      <span className="flex w-fit items-center gap-1.5 whitespace-nowrap">
        <Icon aria-hidden className={cx("size-4 shrink-0", ink)} />
        {label}
      </span>
    </Tooltip>
  );
}
