import { useState } from "react";
import { Button } from "@/design/button";
import { cx } from "@/design/cx";
import { Field } from "@/design/field";
import { FilterButton } from "@/design/filter-bar";
import { type Preferences, usePreferences } from "@/lib/preferences";
import { absolute } from "@/lib/time";
import { MomentInput } from "@/schema-form/controls/moment";
import { localZone, momentIn, printMoment } from "@/schema-form/moments";
import { boundsOf, spanLabel, type TimeWindow } from "./query/filter";
import { readMoment } from "./query/moments";

const PRESETS: [string, TimeWindow][] = [
  ...["1h", "6h", "24h", "3d", "7d", "30d"].map((span): [string, TimeWindow] => [
    `Last ${spanLabel(span)}`,
    { kind: "past", span },
  ]),
  ["Next 24 hours", { kind: "next", span: "24h" }],
  ["Next 7 days", { kind: "next", span: "7d" }],
  ["All time", { kind: "all" }],
];

/** A window in words; moments in the zone that is shown. */
export function windowLabel(window: TimeWindow, zone: string): string {
  switch (window.kind) {
    case "past":
      return `the last ${spanLabel(window.span)}`;
    case "next":
      return `the next ${spanLabel(window.span)}`;
    case "all":
      return "any time";
    case "between": {
      const shown = (moment: number) =>
        absolute(moment, zone, { precision: moment % 60_000 ? "second" : "minute" });
      const { from, to } = window;
      if (from === undefined) return to === undefined ? "any time" : `until ${shown(to)}`;
      if (to === undefined) return `since ${shown(from)}`;
      const [first, last] = [shown(from), shown(to)];
      return `${first} – ${first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last}`;
    }
  }
}

const isSame = (a: TimeWindow, b: TimeWindow) => JSON.stringify(a) === JSON.stringify(b);

interface TimeFilterProps {
  window: TimeWindow;
  onChange: (window: TimeWindow) => void;
}

/** When the runs are expected: lengths of time that are often asked for, or from one moment to another. */
export function TimeFilter({ window, onChange }: TimeFilterProps) {
  const { zone } = usePreferences();
  const [open, setOpen] = useState(false);
  const choose = (next: TimeWindow) => {
    setOpen(false);
    onChange(next);
  };
  return (
    <FilterButton label="Time" summary={windowLabel(window, zone)} open={open} onOpenChange={setOpen} flush>
      <div className="grid grid-cols-2 gap-1 p-1.5">
        {PRESETS.map(([label, preset]) => (
          <button
            key={label}
            type="button"
            aria-pressed={isSame(preset, window)}
            onClick={() => choose(preset)}
            className={cx(
              "h-8 rounded-md px-2 text-left",
              isSame(preset, window) ? "bg-accent-soft font-medium text-accent" : "hover:bg-hover",
            )}
          >
            {label}
          </button>
        ))}
      </div>
      <Custom window={window} zone={zone} onChoose={choose} />
    </FilterButton>
  );
}

function Custom({
  window,
  zone,
  onChoose,
}: {
  window: TimeWindow;
  zone: Preferences["zone"];
  onChoose: (window: TimeWindow) => void;
}) {
  const shown = (moment: number | undefined) =>
    moment === undefined ? "" : printMoment(momentIn(zone === "utc" ? "UTC" : localZone(), moment));
  const bounds = boundsOf(window, Date.now());
  const [from, setFrom] = useState(shown(bounds.from));
  const [to, setTo] = useState(window.kind === "past" ? "" : shown(bounds.to));
  const [first, last] = [readMoment(from, zone), readMoment(to, zone)];
  const wrong = (text: string, moment: number | undefined) =>
    text.trim() !== "" && moment === undefined ? "Not a time." : undefined;
  const isBackwards = first !== undefined && last !== undefined && first >= last;
  const isWrong = Boolean(wrong(from, first) || wrong(to, last)) || isBackwards;
  return (
    <form
      className="flex flex-col gap-2.5 border-t border-line p-3"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (isWrong) return;
        const between = {
          ...(first === undefined ? {} : { from: first }),
          ...(last === undefined ? {} : { to: last }),
        };
        onChoose(
          first === undefined && last === undefined ? { kind: "all" } : { kind: "between", ...between },
        );
      }}
    >
      <Field label="From" error={wrong(from, first)}>
        <MomentInput value={from} onChange={setFrom} />
      </Field>
      <Field
        label="Until"
        hint="Empty: without an end"
        error={wrong(to, last) ?? (isBackwards ? "It is not after the start." : undefined)}
      >
        <MomentInput value={to} onChange={setTo} />
      </Field>
      <Button type="submit" disabled={isWrong}>
        Apply
      </Button>
    </form>
  );
}
