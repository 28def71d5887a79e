import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/design/button";
import { cx } from "@/design/cx";
import { ChoiceFilter, FilterBar, FilterButton } from "@/design/filter-bar";
import { SearchField } from "@/design/text-field";
import { plural } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { absolute } from "@/lib/time";
import { eventNamesQuery } from "./queries";
import { EVERYTHING, type EventQuery, type EventWindow, parse, print, SPANS, windowLabel } from "./query";

interface EventFiltersProps {
  query: EventQuery;
  onChange: (query: EventQuery) => void;
  /** What is settled by the page that the list is on. */
  isScoped?: boolean | undefined;
}

/** The query as a line of text, and as chips beside it. */
export function EventFilters({ query, onChange, isScoped }: EventFiltersProps) {
  const [wantsNames, setWantsNames] = useState(false);
  const { data: names = [], isFetching } = useQuery({ ...eventNamesQuery, enabled: wantsNames });
  const options = names.map(({ name, count }) => ({
    value: name,
    label: name,
    detail: plural(count, "event"),
  }));
  const isSet = print(query) !== print(EVERYTHING);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {isScoped ? null : (
        <SearchField
          label="Filter events"
          placeholder="Words, or event:prefect.flow-run.* -event:… resource:… since:7d"
          value={print(query)}
          onChange={(text) => onChange(parse(text))}
          className="w-full"
        />
      )}
      <FilterBar onClear={isSet && !isScoped ? () => onChange(EVERYTHING) : undefined}>
        <WindowFilter window={query.window} onChange={(window) => onChange({ ...query, window })} />
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the names are asked for once somebody comes near */}
        <span onFocus={() => setWantsNames(true)} onPointerEnter={() => setWantsNames(true)}>
          <ChoiceFilter
            label="Event"
            options={options}
            loading={isFetching && names.length === 0}
            allowCustom
            value={[...query.names]}
            onChange={(next) => onChange({ ...query, names: next })}
          />
        </span>
        {isScoped ? null : (
          <ChoiceFilter
            label="Resource"
            options={[]}
            allowCustom
            value={[...query.resources]}
            onChange={(next) => onChange({ ...query, resources: next })}
          />
        )}
        {query.without.length ? (
          <ChoiceFilter
            label="Event"
            options={options}
            negated
            allowCustom
            value={[...query.without]}
            onChange={(next) => onChange({ ...query, without: next })}
          />
        ) : null}
      </FilterBar>
    </div>
  );
}

const CHOICES: [string, EventWindow][] = [
  ...Object.entries(SPANS).map(([span, { label }]): [string, EventWindow] => [
    `Last ${label}`,
    { kind: "past", span },
  ]),
  ["All time", { kind: "all" }],
];

function WindowFilter({
  window,
  onChange,
}: {
  window: EventWindow;
  onChange: (window: EventWindow) => void;
}) {
  const { zone } = usePreferences();
  const [open, setOpen] = useState(false);
  const isChosen = (choice: EventWindow) => JSON.stringify(choice) === JSON.stringify(window);
  const summary = windowLabel(window, (moment) => absolute(moment, zone, { precision: "minute" }));
  return (
    <FilterButton label="Time" summary={summary} open={open} onOpenChange={setOpen} flush>
      <div className="grid grid-cols-2 gap-1 p-1.5">
        {CHOICES.map(([label, choice]) => (
          <button
            key={label}
            type="button"
            aria-pressed={isChosen(choice)}
            onClick={() => {
              setOpen(false);
              onChange(choice);
            }}
            className={cx(
              "h-8 rounded-md px-2 text-left",
              isChosen(choice) ? "bg-accent-soft font-medium text-accent" : "hover:bg-hover",
            )}
          >
            {label}
          </button>
        ))}
      </div>
    </FilterButton>
  );
}

/** What to do where nothing is found. */
export function WidenButton({ query, onChange }: EventFiltersProps) {
  if (query.window.kind === "all") return null;
  return <Button onClick={() => onChange({ ...query, window: { kind: "all" } })}>Look at all time</Button>;
}
