import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
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
  withTerm,
} from "./query/filter";
import { print } from "./query/print";
import { stateChoiceLabel } from "./query/states";
import { NegationSwitch, StateChoices } from "./state-choices";
import { TimeFilter } from "./time-filter";
import { ValueEditor, valueSummary } from "./value-editor";

/** Offered before anybody asks for them. */
const ALWAYS: readonly ChoiceKey[] = ["state", "flow", "deployment", "tag"];

interface FilterChipsProps {
  filter: RunFilter;
  onChange: (filter: RunFilter) => void;
}

/** The filter as chips: one for each thing that is asked of the runs. */
export function FilterChips({ filter, onChange }: FilterChipsProps) {
  // What "Add filter" asked for is open, and is no part of the filter until something is chosen.
  const [adding, setAdding] = useState<ChoiceKey | "param" | "jv">();
  const isSet = print(filter) !== print(NO_FILTER);
  const has = (key: string) => filter.terms.some((term) => term.key === key);
  const offered = ALWAYS.filter((key) => !has(key));
  const others = [...CHOICE_KEYS.filter((key) => !ALWAYS.includes(key) || has(key)), ...VALUE_KEYS];
  const add = (term: Term) => {
    setAdding(undefined);
    onChange(addTerm(filter, term));
  };
  return (
    <FilterBar onClear={isSet ? () => onChange(NO_FILTER) : undefined}>
      <TimeFilter window={filter.window} onChange={(window) => onChange({ ...filter, window })} />
      {filter.terms.map((term, index) => (
        <TermChip
          // biome-ignore lint/suspicious/noArrayIndexKey: a chip is its place: what it says is what changes
          key={`${index} ${term.key}`}
          term={term}
          onChange={(next) => onChange(withTerm(filter, index, next))}
        />
      ))}
      {offered.map((key) => (
        <TermChip
          key={key}
          term={{ key, values: [], negated: false }}
          onChange={(term) => term && add(term)}
        />
      ))}
      {adding && !offered.includes(adding as ChoiceKey) ? (
        <TermChip
          key={`new ${adding}`}
          isNew
          term={
            adding === "param" || adding === "jv"
              ? { key: adding, path: [], value: "", negated: false }
              : { key: adding, values: [], negated: false }
          }
          onChange={(term) => (term ? add(term) : setAdding(undefined))}
        />
      ) : null}
      <Menu
        label="Add filter"
        groups={[others.map((key) => ({ id: key, label: KEY_LABELS[key], onSelect: () => setAdding(key) }))]}
        trigger={
          <Button kind="ghost" icon={Plus}>
            Add filter
          </Button>
        }
      />
    </FilterBar>
  );
}

interface TermChipProps {
  term: Term;
  isNew?: boolean;
  onChange: (term: Term | undefined) => void;
}

function TermChip({ term, isNew, onChange }: TermChipProps) {
  const [open, setOpen] = useState(false);
  const [wasNew, setWasNew] = useState(false);
  // Opened once it is there, so that the menu it came from has let go of the focus.
  if (isNew && !wasNew) {
    setWasNew(true);
    setTimeout(() => setOpen(true), 0);
  }
  const close = (next: boolean) => {
    setOpen(next);
    if (!next && isNew) onChange(undefined);
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
            setOpen(false);
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
