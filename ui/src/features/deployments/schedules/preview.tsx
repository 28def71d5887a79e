import { useQueries, useQuery } from "@tanstack/react-query";
import { CircleAlert, Clock } from "lucide-react";
import { useMemo } from "react";
import { cx } from "@/design/cx";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { useNow } from "@/design/time";
import { ApiError } from "@/lib/api";
import { usePreferences } from "@/lib/preferences";
import { absolute, relative, zoneName } from "@/lib/time";
import { useDebounced } from "@/lib/use-debounced";
import { clockChanges } from "@/lib/zone-changes";
import { type Previewed, previewQuery, type ScheduleSent } from "./queries";

const TYPING_MS = 120;
const SHOWN = 6;
/** Before a change of the clock, so that times which come twice are seen at their first. */
const BEFORE_CHANGE_MS = 61 * 60_000;
const AROUND_CHANGE = 70;
const CHANGES_SHOWN = 2;

export interface Checked {
  preview: Previewed | undefined;
  /** Of a schedule that cannot be, by the field that it is about. */
  refusal: ApiError | undefined;
  error: unknown;
  isChecking: boolean;
  retry: () => unknown;
}

/** What the server says to a schedule while it is typed. */
export function usePreview(schedule: ScheduleSent | undefined): Checked {
  const key = JSON.stringify(schedule ?? null);
  const settled = useDebounced(schedule, TYPING_MS, key);
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(previewQuery(settled, SHOWN));
  const isRefused = error instanceof ApiError && error.status === 422;
  return {
    preview: settled === undefined || error ? undefined : data,
    refusal: isRefused ? error : undefined,
    error: isRefused ? undefined : error,
    isChecking: JSON.stringify(settled ?? null) !== key || (isFetching && (isPlaceholderData || !data)),
    retry: refetch,
  };
}

/** The next times, on the schedule's clock, and what the next changes of the clock do to it. */
export function PreviewPanel({
  schedule,
  previewed,
}: {
  schedule: ScheduleSent | undefined;
  previewed: Checked;
}) {
  const { preview, refusal, error, isChecking, retry } = previewed;
  return (
    <section
      aria-label="Preview"
      className="flex min-w-0 flex-col gap-4 rounded-lg border border-line bg-sunken/50 p-4"
    >
      {error ? (
        <ErrorState compact title="It can't be previewed." error={error} onRetry={retry} />
      ) : refusal || !schedule ? (
        <p className="flex items-start gap-2 text-muted">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
          {refusal ? "There is no such schedule yet." : "Say when it is to run."}
        </p>
      ) : preview ? (
        <div className={cx("flex min-w-0 flex-col gap-4", isChecking && "opacity-60 transition-opacity")}>
          <p role="status" className="text-lg font-semibold break-words first-letter:uppercase">
            {preview.description}
          </p>
          <NextTimes preview={preview} />
          <ClockChanges schedule={preview.schedule} zone={preview.timezone} />
        </div>
      ) : (
        <SkeletonLines lines={6} label="Asking for the next times" />
      )}
    </section>
  );
}

function NextTimes({ preview }: { preview: Previewed }) {
  const { zone } = usePreferences();
  const now = useNow(15_000);
  const isOwn = zoneName(zone) === preview.timezone;
  if (preview.runs.length === 0)
    return <p className="text-warning">It makes no more runs: its end is past.</p>;
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <h3 className="text-sm font-semibold text-muted">Next runs, {preview.timezone}</h3>
      <ol className="flex flex-col gap-1 tabular-nums">
        {preview.runs.map(({ at, note }) => (
          <li key={at} className="min-w-0">
            <span className="flex flex-wrap justify-between gap-x-3">
              <span>
                <span className="inline-block w-9 text-muted">{weekday(at, preview.timezone)}</span>
                {absolute(at, preview.timezone, { precision: "minute", offset: true })}
              </span>
              <span className="text-sm text-muted">
                {isOwn
                  ? ""
                  : `${absolute(at, zone, { precision: "minute" }).slice(5)} ${zone === "utc" ? "UTC" : "here"} · `}
                {relative(at, now)}
              </span>
            </span>
            {note ? <Note text={note} /> : null}
          </li>
        ))}
      </ol>
    </div>
  );
}

export function weekday(moment: string | number, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: zone }).format(new Date(moment));
}

function Note({ text }: { text: string }) {
  return (
    <p className="mt-0.5 flex items-start gap-1.5 text-sm text-warning">
      <Clock aria-hidden className="mt-0.75 size-3.5 shrink-0" />
      <span className="min-w-0">{text}</span>
    </p>
  );
}

/** Changes of the clock are months away; what they do is told before they come. */
function ClockChanges({ schedule, zone }: { schedule: ScheduleSent; zone: string }) {
  const now = useNow(3_600_000);
  const changes = useMemo(() => clockChanges(zone, now, CHANGES_SHOWN), [zone, now]);
  const found = useQueries({
    queries: changes.map((change) =>
      previewQuery(schedule, AROUND_CHANGE, new Date(change - BEFORE_CHANGE_MS).toISOString()),
    ),
  });
  const notes = found
    .map(({ data }) => data?.runs.find(({ note }) => note)?.note)
    .filter((note) => note !== undefined && note !== null);
  if (changes.length === 0)
    return <p className="text-sm text-muted">The clock of {zone} is not put forward or back.</p>;
  if (notes.length === 0) return null;
  return (
    <div className="flex flex-col gap-1">
      <h3 className="text-sm font-semibold text-muted">When the clock changes</h3>
      {notes.map((note) => (
        <Note key={note} text={note} />
      ))}
    </div>
  );
}
