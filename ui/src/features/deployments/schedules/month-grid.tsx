import { Clock } from "lucide-react";
import { cx } from "@/design/cx";
import { plural } from "@/lib/format";
import { absolute } from "@/lib/time";
import type { Day } from "./month";

interface MonthGridProps {
  label: string;
  weeks: readonly (readonly Day[])[];
  today: string;
  zone: string;
  /** None of these runs is made. */
  faint: boolean;
  loading: boolean;
  /** From this day on there are more than were counted. */
  uncountedFrom: string | undefined;
  picked: string | undefined;
  onPick: (date: string | undefined) => void;
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const SHOWN = 2;
const MARKS = ["bg-accent", "bg-info", "bg-warning", "bg-danger", "bg-success"];
const SHAPES = ["rounded-full", "", "rotate-45", "rounded-t-full", "rounded-r-full"];

/** Which schedule: colour and shape. */
export function SourceMark({ source }: { source: number }) {
  const at = source % MARKS.length;
  return <span aria-hidden className={cx("size-2 shrink-0", MARKS[at], SHAPES[at])} />;
}

export function MonthGrid(props: MonthGridProps) {
  const { label, weeks, loading, faint } = props;
  return (
    <table
      aria-label={label}
      aria-busy={loading || undefined}
      className={cx(
        "w-full table-fixed border-separate border-spacing-0.5",
        loading && "opacity-60",
        faint && "grayscale",
      )}
    >
      <thead>
        <tr>
          {WEEKDAYS.map((day) => (
            <th key={day} scope="col" className="pb-1 text-xs font-medium text-muted">
              {day}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]?.date}>
            {week.map((day) => (
              <td key={day.date} className="p-0 align-top">
                <DayCell {...props} day={day} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DayCell({ day, today, zone, uncountedFrom, picked, onPick }: MonthGridProps & { day: Day }) {
  const { date, number, isOther, runs } = day;
  if (isOther) return <span aria-hidden className="block h-14 rounded-md sm:h-17" />;
  const isUncounted = uncountedFrom !== undefined && date > uncountedFrom;
  const numeral = (
    <span
      className={cx(
        "flex size-5.5 items-center justify-center rounded-full text-xs tabular-nums",
        date === today
          ? "bg-accent font-semibold text-on-accent"
          : runs.length
            ? "font-medium"
            : "text-muted",
      )}
    >
      {number}
    </span>
  );
  const box = "flex h-14 w-full flex-col items-start gap-0.5 rounded-md p-0.5 text-left sm:h-17 sm:p-1";
  if (runs.length === 0)
    return (
      <span className={cx(box, date < today ? "" : "bg-sunken/60")}>
        {numeral}
        {isUncounted ? <span className="px-1 text-xs text-muted">goes on</span> : null}
      </span>
    );
  const notes = runs.flatMap(({ note }) => (note ? [note] : []));
  const times = runs.map(({ at }) => absolute(at, zone, { precision: "minute" }).slice(11));
  const isPicked = picked === date;
  return (
    <button
      type="button"
      aria-pressed={isPicked}
      onClick={() => onPick(isPicked ? undefined : date)}
      className={cx(
        box,
        "bg-accent-soft hover:ring-1 hover:ring-accent",
        isPicked && "ring-2 ring-accent",
        notes.length > 0 && "bg-warning-soft!",
      )}
    >
      <span className="flex w-full items-center justify-between">
        {numeral}
        <span className="sr-only">
          of {date.slice(0, 7)}: {plural(runs.length, "run")}
        </span>
        {notes.length ? <Clock aria-hidden className="size-3.5 text-warning" /> : null}
      </span>
      {runs.length > SHOWN ? (
        <span className="px-1 text-xs font-medium tabular-nums">{runs.length}×</span>
      ) : (
        runs.map(({ at, source }, index) => (
          <span
            key={at + source}
            className="flex items-center gap-1 px-0.5 text-xs leading-3.5 tracking-tight sm:tracking-normal tabular-nums"
          >
            <span className="max-sm:hidden">
              <SourceMark source={source} />
            </span>
            {times[index]}
          </span>
        ))
      )}
      {notes.length ? <span className="sr-only">{notes.join(" ")}</span> : null}
    </button>
  );
}
