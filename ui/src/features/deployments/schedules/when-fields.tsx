import { useMemo } from "react";
import { Button } from "@/design/button";
import { Checkbox } from "@/design/checkbox";
import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { Segmented } from "@/design/segmented";
import { Select } from "@/design/select";
import { NumberField, TextField } from "@/design/text-field";
import type { ApiError } from "@/lib/api";
import { hasBothDays, type ScheduleDraft, type ScheduleKind, type Unit, zones } from "./draft";

interface WhenFieldsProps {
  draft: ScheduleDraft;
  change: (part: Partial<ScheduleDraft>) => void;
  /** What the server says against it. */
  refusal: ApiError | undefined;
}

const KINDS: { value: ScheduleKind; label: string }[] = [
  { value: "cron", label: "Cron" },
  { value: "interval", label: "Interval" },
  { value: "rrule", label: "Recurrence rule" },
];
const UNIT_OPTIONS = (["seconds", "minutes", "hours", "days", "weeks"] as Unit[]).map((value) => ({
  value,
  label: value,
}));
const CRONS: readonly [string, string][] = [
  ["Hourly", "0 * * * *"],
  ["Daily", "0 9 * * *"],
  ["Weekdays", "0 9 * * MON-FRI"],
  ["Weekly", "0 9 * * MON"],
  ["Monthly", "0 9 1 * *"],
  ["End of month", "0 9 L * *"],
];
const RULES: readonly [string, string][] = [
  ["Mondays and Thursdays", "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9;BYMINUTE=0"],
  ["First Monday of a month", "FREQ=MONTHLY;BYDAY=1MO;BYHOUR=9;BYMINUTE=0"],
  ["Last working day", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=9;BYMINUTE=0"],
];

/** When it runs: one of three ways to say so, and the clock that is meant. */
export function WhenFields({ draft, change, refusal }: WhenFieldsProps) {
  const errorOf = (field: string) =>
    refusal?.field === field ? [refusal.message, refusal.hint].filter(Boolean).join(" ") : undefined;
  const known = ["cron", "interval", "rrule", "anchor_date", "timezone"];
  const options = useMemo(() => zones().map((zone) => ({ value: zone, label: zone })), []);
  return (
    <>
      <Segmented
        label="Kind of schedule"
        hideLabel
        value={draft.kind}
        onChange={(kind) => change({ kind })}
        options={KINDS}
      />
      {draft.kind === "cron" ? <CronFields draft={draft} change={change} error={errorOf("cron")} /> : null}
      {draft.kind === "interval" ? (
        <IntervalFields
          draft={draft}
          change={change}
          error={errorOf("interval")}
          anchorError={errorOf("anchor_date")}
        />
      ) : null}
      {draft.kind === "rrule" ? (
        <Field
          label="Rule"
          error={errorOf("rrule")}
          hint="As in iCalendar; DTSTART may stand in a line before it."
        >
          <TextField mono value={draft.rrule} onChange={(rrule) => change({ rrule })} spellCheck={false} />
        </Field>
      ) : null}
      {draft.kind === "rrule" ? (
        <Presets presets={RULES} current={draft.rrule} onChoose={(rrule) => change({ rrule })} />
      ) : null}
      {refusal && !known.includes(refusal.field ?? "") ? (
        <p className="text-sm text-danger">{[refusal.message, refusal.hint].filter(Boolean).join(" ")}</p>
      ) : null}
      <Field label="Time zone" error={errorOf("timezone")}>
        <Combobox
          label="Time zone"
          allowCustom
          value={draft.zone}
          onChange={(zone) => change({ zone })}
          options={options}
        />
      </Field>
    </>
  );
}

function CronFields({
  draft,
  change,
  error,
}: Omit<WhenFieldsProps, "refusal"> & { error: string | undefined }) {
  return (
    <>
      <Field
        label="Cron expression"
        error={error}
        hint="Minute, hour, day of the month, month, day of the week"
      >
        <TextField mono value={draft.cron} onChange={(cron) => change({ cron })} spellCheck={false} />
      </Field>
      <Presets presets={CRONS} current={draft.cron} onChoose={(cron) => change({ cron })} />
      {hasBothDays(draft.cron) ? (
        <Checkbox
          checked={!draft.dayOr}
          onChange={(both) => change({ dayOr: !both })}
          label="Only where both days match"
          hint="Without it, a day of the month or a day of the week is enough, as in cron."
        />
      ) : null}
    </>
  );
}

interface IntervalFieldsProps extends Omit<WhenFieldsProps, "refusal"> {
  error: string | undefined;
  anchorError: string | undefined;
}

function IntervalFields({ draft, change, error, anchorError }: IntervalFieldsProps) {
  return (
    <>
      <div className="grid grid-cols-[minmax(6rem,1fr)_minmax(8rem,1fr)] items-start gap-3">
        <Field label="Every" error={error} required>
          <NumberField value={draft.every} onChange={(every) => change({ every })} />
        </Field>
        <Field label="Unit">
          <Select value={draft.unit} onChange={(unit) => change({ unit })} options={UNIT_OPTIONS} />
        </Field>
      </div>
      <Field
        label="In line with"
        error={anchorError}
        hint="A moment on the zone's clock that runs line up with, before and after it. Empty: a Monday at midnight."
      >
        <TextField type="datetime-local" value={draft.anchor} onChange={(anchor) => change({ anchor })} />
      </Field>
    </>
  );
}

interface PresetsProps {
  presets: readonly [string, string][];
  current: string;
  onChoose: (value: string) => void;
}

function Presets({ presets, current, onChoose }: PresetsProps) {
  return (
    <div className="-mt-1 flex flex-wrap gap-1">
      {presets.map(([label, value]) => (
        <Button
          key={value}
          size="small"
          kind="ghost"
          aria-pressed={current.trim() === value}
          className={current.trim() === value ? "bg-accent-soft! text-accent!" : ""}
          onClick={() => onChoose(value)}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}
