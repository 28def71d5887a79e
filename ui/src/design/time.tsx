import { useSyncExternalStore } from "react";
import { duration } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { absolute, brief, elapsed, type Precision, relative, staleAfter, type Zone } from "@/lib/time";
import { Tooltip } from "./tooltip";

// One clock for all times that are shown. It stands while nobody looks.
let now = Date.now();
const listeners = new Map<() => void, number>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (document.hidden) return;
  now = Date.now();
  for (const listener of [...listeners.keys()]) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
  }
  listeners.set(listener, 0);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

/** The moment now in milliseconds, renewed in steps of `every` milliseconds (at least a second). */
export function useNow(every = 1000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / every) * every);
}

export interface TimeProps {
  value: string | number | Date | null | undefined;
  /** "relative": 3 min ago; "elapsed": 3 min; "absolute": in full; "brief": as short as it can be understood. */
  format?: "relative" | "elapsed" | "absolute" | "brief" | undefined;
  precision?: Precision | undefined;
  /** Another zone than the one that was chosen for all; of a schedule, for example. */
  zone?: Zone | undefined;
  /** Said where there is no moment. */
  empty?: string | undefined;
  className?: string | undefined;
}

/** A moment: shown one way, the other ways in its tooltip. */
export function Time({ value, format = "relative", empty = "–", ...rest }: TimeProps) {
  const isMissing = value === null || value === undefined || Number.isNaN(new Date(value).getTime());
  if (isMissing) return <span className="text-muted">{empty}</span>;
  return format === "absolute" ? (
    <Fixed value={value} {...rest} />
  ) : (
    <Ticking value={value} format={format} {...rest} />
  );
}

type Moment = Omit<TimeProps, "value" | "empty" | "format"> & { value: string | number | Date };

function Fixed({ value, precision, zone, className }: Moment) {
  const { zone: chosen } = usePreferences();
  return (
    <Shown value={value} className={className} zone={zone ?? chosen} alternative="relative">
      {absolute(value, zone ?? chosen, { ...(precision ? { precision } : {}), offset: zone !== undefined })}
    </Shown>
  );
}

function Ticking({ value, format, zone, className }: Moment & { format: "relative" | "elapsed" | "brief" }) {
  const { zone: chosen } = usePreferences();
  const current = useNow(staleAfter(value, now));
  return (
    <Shown
      value={value}
      className={className}
      zone={zone ?? chosen}
      alternative={format === "brief" ? "relative" : undefined}
    >
      {format === "brief"
        ? brief(value, zone ?? chosen, current)
        : format === "elapsed"
          ? elapsed(value, Math.max(current, now))
          : relative(value, Math.max(current, now))}
    </Shown>
  );
}

interface ShownProps {
  value: string | number | Date;
  zone: Zone;
  alternative: "relative" | undefined;
  className: string | undefined;
  children: string;
}

function Shown({ value, zone, alternative, className, children }: ShownProps) {
  return (
    <Tooltip text={<Everything value={value} zone={zone} alternative={alternative} />}>
      <time
        dateTime={new Date(value).toISOString()}
        className={className ?? "whitespace-nowrap tabular-nums"}
      >
        {children}
      </time>
    </Tooltip>
  );
}

function Everything({ value, zone, alternative }: Pick<ShownProps, "value" | "zone" | "alternative">) {
  const full = { precision: "millisecond", offset: true } as const;
  return (
    <span className="flex flex-col gap-0.5 tabular-nums">
      {alternative ? <span>{relative(value, Date.now())}</span> : null}
      <span>{absolute(value, zone, full)}</span>
      {zone === "utc" ? (
        <span>{absolute(value, "local", full)}</span>
      ) : (
        <span>{absolute(value, "utc", full)}</span>
      )}
    </span>
  );
}

/** Seconds, ticking while `since` says that they still grow. */
export function Duration({
  seconds,
  since,
}: {
  seconds?: number | null | undefined;
  since?: string | null | undefined;
}) {
  if (since) return <Growing since={since} />;
  return <span className="whitespace-nowrap tabular-nums">{duration(seconds)}</span>;
}

function Growing({ since }: { since: string }) {
  const current = useNow();
  const seconds = Math.max(0, Math.round((current - new Date(since).getTime()) / 1000));
  return <span className="whitespace-nowrap tabular-nums">{duration(seconds)}</span>;
}
