import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Clock } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, IconButton } from "@/design/button";
import { Card } from "@/design/card";
import { ErrorState } from "@/design/error-state";
import { useNow } from "@/design/time";
import { plural } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { absolute, zoneName } from "@/lib/time";
import { offsetAt } from "@/lib/zone-changes";
import type { Schedule } from "../queries";
import { type Day, dayOf, monthOf, type Occurrence, shifted, startOf, weeksOf } from "./month";
import { MonthGrid, SourceMark } from "./month-grid";
import { type MonthTimes, timesBetweenQuery } from "./queries";
import { inWords } from "./words";

interface MonthCardProps {
  schedules: readonly Schedule[];
  paused: boolean;
}

const MINUTE = 60_000;
const SHOWN = 48;

/** A month with the times at which the schedules make runs. */
export function MonthCard({ schedules, paused }: MonthCardProps) {
  const { zone: preferred } = usePreferences();
  const now = useNow(MINUTE);
  const active = schedules.filter((each) => each.active);
  const shown = active.length ? active : schedules;
  const zone = commonZone(shown) ?? zoneName(preferred);
  const [ahead, setAhead] = useState(0);
  const [picked, setPicked] = useState<string>();
  const shownMonth = shifted(monthOf(now, zone), ahead);
  const from = startOf(shownMonth, zone);
  const to = startOf(shifted(shownMonth, 1), zone);
  // What is past is not previewed: those runs have been made. Asked anew on each day.
  const start = ahead === 0 ? Date.parse(`${dayOf(now, zone)}T00:00Z`) - offsetAt(now, zone) : from;
  const { occurrences, cut, loading, error, retry } = useQueries({
    queries: shown.map(({ schedule }) => timesBetweenQuery(schedule, start, to)),
    combine: together,
  });
  const { year, month } = shownMonth;
  const weeks = useMemo(() => weeksOf({ year, month }, occurrences, zone), [year, month, occurrences, zone]);
  const day = weeks.flat().find(({ date, isOther }) => !isOther && date === picked);
  const name = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(
    Date.UTC(year, month - 1, 1),
  );
  return (
    <Card
      title={name}
      actions={
        <>
          <span className="text-sm text-muted max-sm:hidden">{zone}</span>
          {ahead === 0 ? null : (
            <Button size="small" kind="ghost" className="max-sm:hidden" onClick={() => setAhead(0)}>
              This month
            </Button>
          )}
          <IconButton
            icon={ChevronLeft}
            size="small"
            kind="ghost"
            label="Month before"
            disabled={ahead === 0}
            onClick={() => setAhead(ahead - 1)}
          />
          <IconButton
            icon={ChevronRight}
            size="small"
            kind="ghost"
            label="Month after"
            onClick={() => setAhead(ahead + 1)}
          />
        </>
      }
    >
      {error ? (
        <ErrorState compact title="The month can't be shown." error={error} onRetry={retry} />
      ) : (
        <div className="flex flex-col gap-3">
          <MonthGrid
            label={`Runs in ${name}`}
            weeks={weeks}
            today={dayOf(now, zone)}
            zone={zone}
            faint={paused || active.length === 0}
            loading={loading}
            uncountedFrom={cut ? dayOf(cut, zone) : undefined}
            picked={picked}
            onPick={setPicked}
          />
          {shown.length > 1 ? <Legend schedules={shown} /> : null}
          {paused || active.length === 0 ? (
            <p className="text-sm text-muted">
              {paused
                ? "While the deployment is paused, none of these runs is made."
                : "All schedules are switched off."}
            </p>
          ) : null}
          {day ? <DayTimes day={day} zone={zone} many={shown.length > 1} /> : null}
        </div>
      )}
    </Card>
  );
}

/** The times of all schedules in their order; the same object while nothing changed. */
function together(found: readonly UseQueryResult<MonthTimes>[]) {
  const failed = found.find(({ error, data }) => error && !data);
  const occurrences = found
    .flatMap(({ data }, source): Occurrence[] =>
      (data?.runs ?? []).map(({ at, note }) => ({ at, note, source })),
    )
    .sort((a, b) => a.at.localeCompare(b.at));
  // From here on some schedule has more times than were asked for.
  const cut = found.flatMap(({ data }) => (data?.isCut ? [data.runs.at(-1)?.at ?? ""] : [])).sort()[0];
  const loading = found.some(({ data }) => !data);
  return { occurrences, cut, loading, error: failed?.error, retry: failed?.refetch };
}

function commonZone(schedules: readonly Schedule[]): string | undefined {
  const zones = new Set(schedules.map(({ schedule }) => schedule.timezone ?? "UTC"));
  return zones.size === 1 ? [...zones][0] : undefined;
}

function Legend({ schedules }: { schedules: readonly Schedule[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {schedules.map(({ id, schedule }, index) => (
        <li key={id} className="flex items-center gap-1.5">
          <SourceMark source={index} />
          {inWords(schedule)}
        </li>
      ))}
    </ul>
  );
}

function DayTimes({ day, zone, many }: { day: Day; zone: string; many: boolean }) {
  const { runs } = day;
  return (
    <section aria-label={`Runs on ${day.date}`} aria-live="polite" className="rounded-md bg-sunken px-3 py-2">
      <p className="text-sm font-medium">
        {day.date}: {plural(runs.length, "run")}
      </p>
      <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-sm tabular-nums">
        {runs.slice(0, SHOWN).map(({ at, note, source }) => (
          <li key={at + source} className={note ? "w-full" : ""}>
            <span className="inline-flex items-center gap-1.5">
              {many ? <SourceMark source={source} /> : null}
              {absolute(at, zone, { precision: "second", offset: note !== null })
                .slice(11)
                .replace(/:00(?=$| )/, "")}
            </span>
            {note ? (
              <span className="flex items-start gap-1.5 text-warning">
                <Clock aria-hidden className="mt-0.75 size-3.5 shrink-0" />
                {note}
              </span>
            ) : null}
          </li>
        ))}
        {runs.length > SHOWN ? <li className="text-muted">and {runs.length - SHOWN} more</li> : null}
      </ul>
    </section>
  );
}
