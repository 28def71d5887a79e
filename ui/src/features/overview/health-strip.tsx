import { CircleAlert, CircleCheck, CircleX, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/design/cx";
import { TextLink } from "@/design/link";
import { Tooltip } from "@/design/tooltip";
import { duration, plural } from "@/lib/format";
import type { Overview } from "./queries";

type Level = "good" | "warning" | "bad";
const ICONS: Record<Level, LucideIcon> = { good: CircleCheck, warning: CircleAlert, bad: CircleX };
const INKS: Record<Level, string> = { good: "text-success", warning: "text-warning", bad: "text-danger" };

const SERVICES: Record<string, [name: string, task: string]> = {
  scheduler: ["Scheduler", "makes the runs of schedules"],
  late_runs: ["Late-run check", "marks runs that nobody takes"],
  lease_sweeper: ["Lost-run check", "ends runs whose worker is gone"],
  triggers: ["Triggers", "show events to automations"],
  actions: ["Actions", "do what automations that fired are to do"],
};
const BEHIND_FROM = 5;
const FAR_BEHIND_FROM = 60;
const SLOW_FROM = 1;

export function levelOf(behind: number): Level {
  if (behind < BEHIND_FROM) return "good";
  return behind < FAR_BEHIND_FROM ? "warning" : "bad";
}

function Fact({ level, name, value, hint }: { level: Level; name: string; value: ReactNode; hint?: string }) {
  const Icon = ICONS[level];
  const fact = (
    <span
      className="inline-flex items-center gap-1.5 rounded-sm whitespace-nowrap"
      {...(hint ? { tabIndex: 0 } : {})}
    >
      <Icon aria-hidden className={cx("size-3.5 shrink-0", INKS[level])} />
      <span className="text-muted">{name}</span>
      <span className={cx("tabular-nums", level !== "good" && `font-medium ${INKS[level]}`)}>{value}</span>
    </span>
  );
  return <li>{hint ? <Tooltip text={hint}>{fact}</Tooltip> : fact}</li>;
}

const DATABASES: Record<string, string> = { sqlite: "SQLite", postgresql: "PostgreSQL" };

/** Whether the server itself goes its way, in one line. */
export function HealthStrip({ overview }: { overview: Overview }) {
  const {
    services,
    database,
    database_seconds: seconds,
    workers_online: online,
    workers_offline: offline,
  } = overview;
  const known = online + offline;
  return (
    <ul
      aria-label="Health of the server"
      className="flex flex-wrap items-center gap-x-5 gap-y-1.5 rounded-lg border border-line bg-surface px-4 py-2.5 text-sm shadow-card"
    >
      {services.map((service) => {
        const [name, task] = SERVICES[service.name] ?? [service.name, "works in the background"];
        const level = levelOf(service.behind_seconds);
        return (
          <Fact
            key={service.name}
            level={level}
            name={name}
            value={level === "good" ? "on time" : `${duration(service.behind_seconds)} behind`}
            hint={`${name}: ${task}`}
          />
        );
      })}
      <Fact
        level={seconds < SLOW_FROM ? "good" : "warning"}
        name={DATABASES[database] ?? database}
        value={seconds < SLOW_FROM ? "answers" : `slow: ${duration(seconds)}`}
        hint={`Everything on this page was read in ${duration(seconds)}`}
      />
      <Fact
        level={online > 0 || known === 0 ? "good" : "bad"}
        name="Workers"
        value={
          <TextLink quiet to="/workers">
            {known === 0
              ? "none yet"
              : offline > 0
                ? `${online} online, ${offline} offline`
                : `${plural(online, "worker")} online`.replace(/ workers?/, "")}
          </TextLink>
        }
      />
      <li className="ml-auto text-muted">Penstock {overview.version}</li>
    </ul>
  );
}
