import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/design/button";
import { Choices } from "@/design/combobox";
import { FilterBar, FilterButton } from "@/design/filter-bar";
import { Menu } from "@/design/menu";
import { namesQuery } from "./queries";
import {
  addTerm,
  CHOICE_KEYS,
  type ChoiceKey,
  type ChoiceTerm,
  isValueTerm,
  KEY_LABELS,
  NEGATABLE,
  NO_FILTER,
  ORIGINS,
  type RunFilter,
  type Term,
  VALUE_KEYS,
  type ValueTerm,
  withTerm,
} from "./query/filter";
import { print } from "./query/print";
import { stateChoiceLabel } from "./query/states";
import { NegationSwitch, StateChoices } from "./state-choices";
import { TimeFilter } from "./time-filter";
import { ValueEditor, valueSummary } from "./value-editor";

/** Offered before anybody asks for them. */
const IS_NARROW = globalThis.matchMedia?.("(max-width: 40rem)").matches ?? false;
const ALWAYS: readonly ChoiceKey[] = IS_NARROW ? ["state"] : ["state", "flow", "deployment", "tag"];

const NONE: readonly string[] = [];

interface FilterChipsProps {
  filter: RunFilter;
  onChange: (filter: RunFilter) => void;
  /** What is settled by the page that the list is on. */
  without?: readonly string[] | undefined;
  /** The filter that is no filter there. */
  none?: RunFilter | undefined;
}

/** The filter as chips: one for each thing that is asked of the runs. */
export function FilterChips({ filter, onChange, without = NONE, none = NO_FILTER }: FilterChipsProps) {
  // What "Add filter" asked for is open, and is no part of the filter until something is chosen.
  const [adding, setAdding] = useState<Adding>();
  const isSet = print(filter) !== print(none);
  const count = (key: string) => filter.terms.filter((term) => term.key === key).length;
  const others = [
    ...CHOICE_KEYS.filter((key) => !ALWAYS.includes(key) || count(key) > 0),
    ...VALUE_KEYS,
  ].filter((key) => !without.includes(key));
  return (
    <FilterBar onClear={isSet ? () => onChange(none) : undefined}>
      <TimeFilter window={filter.window} onChange={(window) => onChange({ ...filter, window })} />
      {slotsOf(filter, without, adding).map(({ slot, index, term, isNew }) => (
        <TermChip
          key={slot}
          term={term}
          isNew={isNew}
          onClose={() => setAdding(undefined)}
          onChange={(next) => {
            if (index !== undefined) onChange(withTerm(filter, index, next));
            else if (next) onChange(addTerm(filter, next));
          }}
        />
      ))}
      <Menu
        label="Add filter"
        groups={[
          others.map((key) => ({
            id: key,
            label: KEY_LABELS[key],
            onSelect: () => setAdding({ key, known: count(key) }),
          })),
        ]}
        trigger={
          <Button kind="ghost" icon={Plus}>
            Add filter
          </Button>
        }
      />
    </FilterBar>
  );
}

interface Slot {
  /** Stays the same while a chip goes from unset to set: what is open in it stays open. */
  slot: string;
  /** Its place among the terms of the filter, once it is one. */
  index?: number;
  term: Term;
  isNew?: boolean;
}

/** What "Add filter" asked for, and how many of its kind there were. */
interface Adding {
  key: ChoiceKey | ValueTerm["key"];
  known: number;
}

/** The chips: those that are always there at their places, then what else is asked for, and what is being added. */
function slotsOf(filter: RunFilter, without: readonly string[], adding: Adding | undefined): Slot[] {
  const seen = new Map<string, number>();
  const slotOf = (key: string) => {
    const number = seen.get(key) ?? 0;
    seen.set(key, number + 1);
    return `${key} ${number}`;
  };
  const set: Slot[] = filter.terms.map((term, index) => ({ slot: slotOf(term.key), index, term }));
  const always = ALWAYS.filter((key) => !without.includes(key)).flatMap((key): Slot[] => {
    const known = set.filter(({ term }) => term.key === key);
    return known.length > 0 ? known : [{ slot: slotOf(key), term: emptyTerm(key) }];
  });
  const others = set.filter((slot) => !always.includes(slot));
  const isAdded = adding === undefined || (seen.get(adding.key) ?? 0) > adding.known;
  if (isAdded) return [...always, ...others];
  return [...always, ...others, { slot: slotOf(adding.key), term: emptyTerm(adding.key), isNew: true }];
}

function emptyTerm(key: ChoiceKey | ValueTerm["key"]): Term {
  return key === "param" || key === "jv"
    ? { key, path: [], value: "", negated: false }
    : { key, values: [], negated: false };
}

interface TermChipProps {
  term: Term;
  /** It was just asked for, and opens. */
  isNew?: boolean | undefined;
  onChange: (term: Term | undefined) => void;
  onClose: () => void;
}

function TermChip({ term, isNew, onChange, onClose }: TermChipProps) {
  const [open, setOpen] = useState(false);
  // Not before the menu that it came from has let go of the focus.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it comes
  useEffect(() => {
    if (!isNew) return;
    const timer = setTimeout(() => setOpen(true), 0);
    return () => clearTimeout(timer);
  }, []);
  const close = (next: boolean) => {
    setOpen(next);
    if (!next) onClose();
  };
  if (isValueTerm(term)) {
    const isSet = term.path.length > 0;
    return (
      <FilterButton
        label={KEY_LABELS[term.key]}
        summary={isSet ? valueSummary(term) : undefined}
        onClear={isSet ? () => onChange(undefined) : undefined}
        open={open}
        onOpenChange={close}
      >
        <ValueEditor
          term={term}
          onDone={(next) => {
            close(false);
            onChange(next);
          }}
        />
      </FilterButton>
    );
  }
  const choose = (value: string) =>
    onChange({
      ...term,
      values: term.values.includes(value)
        ? term.values.filter((other) => other !== value)
        : [...term.values, value],
    });
  return (
    <FilterButton
      label={KEY_LABELS[term.key]}
      summary={term.values.map((value) => labelOf(term.key, value)).join(term.negated ? " nor " : " or ")}
      negated={term.negated}
      onClear={() => onChange(undefined)}
      open={open}
      onOpenChange={close}
      flush
    >
      {term.key === "state" ? (
        <StateChoices chosen={term.values} onChange={(values) => onChange({ ...term, values })} />
      ) : (
        <NameChoices term={term} choose={choose} />
      )}
      {NEGATABLE.has(term.key) ? (
        <NegationSwitch
          negated={term.negated}
          disabled={term.values.length === 0}
          onChange={(negated) => onChange({ ...term, negated })}
        />
      ) : null}
    </FilterButton>
  );
}

function labelOf(key: ChoiceKey, value: string): string {
  if (key === "state") return stateChoiceLabel(value);
  return key === "created" ? (ORIGINS[value]?.label ?? value) : value;
}

/** Names to choose from; asked for when the choice is opened. */
function NameChoices({ term, choose }: { term: ChoiceTerm; choose: (value: string) => void }) {
  const [text, setText] = useState("");
  const { key } = term;
  const asks = key === "flow" || key === "deployment" || key === "pool" || key === "queue";
  const { data = [], isFetching } = useQuery({ ...namesQuery(asks ? key : "flow", text), enabled: asks });
  const found = asks
    ? data.map(({ value, detail }) => ({ value, label: value, ...(detail ? { detail } : {}) }))
    : key === "created"
      ? Object.entries(ORIGINS).map(([value, { label }]) => ({ value, label }))
      : [];
  const chosen = term.values.filter((value) => !found.some((option) => option.value === value));
  return (
    <Choices
      multiple
      label={KEY_LABELS[key]}
      options={[...chosen.map((value) => ({ value, label: value })), ...found]}
      chosen={term.values}
      choose={choose}
      loading={asks && isFetching && data.length === 0}
      allowCustom={key === "tag" || asks}
      {...(asks ? { onSearch: setText } : {})}
    />
  );
}
