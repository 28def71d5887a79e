import { useMemo } from "react";
import { useSelection } from "@/design/data-table/selection";
import { EmptyState } from "@/design/empty-state";
import { TextLink } from "@/design/link";
import { usePreferences } from "@/lib/preferences";
import { RUN_COLUMNS } from "./columns";
import { FilterChips } from "./filter-chips";
import { addTerm, type ChoiceKey, type RunFilter } from "./query/filter";
import { parse } from "./query/parse";
import { print } from "./query/print";
import { type ListSort, sortOf } from "./rows";
import { RunHistogram } from "./run-histogram";
import { RunTable } from "./run-table";
import { USUAL } from "./scoped-address";
import { useRunList } from "./use-run-list";

export interface ScopedRunListProps {
  /** Whose runs: the one value of a filter that can't be taken away. */
  scope: { key: ChoiceKey; value: string };
  /** Columns that would say the same in each row. */
  without: readonly string[];
  /** The text of the filter beside the scope. */
  text: string;
  sort: ListSort;
  onText: (text: string) => void;
  onSort: (sort: ListSort) => void;
  /** The command that makes a first run. */
  command?: string | undefined;
}

/** The runs of one thing, on its own page: the list of the page of runs with a filter that stays. */
export function ScopedRunList(props: ScopedRunListProps) {
  const { scope, without, text, sort, onText, onSort, command } = props;
  const { zone } = usePreferences();
  const filter = useMemo(() => parse(text, zone).filter, [text, zone]);
  const none = useMemo(() => parse(USUAL, zone).filter, [zone]);
  const { key, value } = scope;
  const scoped = useMemo(
    () => addTerm(filter, { key, values: [value], negated: false }),
    [filter, key, value],
  );
  const columns = useMemo(() => RUN_COLUMNS.filter(({ id }) => !without.includes(id)), [without]);
  const whole = print(scoped);
  const selected = useSelection();
  const { selection, clear } = selected;
  const isSelecting = selection.all || selection.ids.size > 0;
  const list = useRunList(whole, scoped, sortOf(sort), true, () => !isSelecting);
  const change = (next: RunFilter) => {
    clear();
    onText(print(next));
  };
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <FilterChips filter={filter} onChange={change} without={without} none={none} />
      <RunHistogram
        text={whole}
        filter={scoped}
        enabled
        onWindow={(from, to) => change({ ...filter, window: { kind: "between", from, to } })}
      />
      <RunTable
        id={`runs-of-${key}`}
        text={whole}
        list={list}
        columns={columns}
        sort={sort}
        onSort={onSort}
        selection={selected}
        empty={
          <EmptyState title="No run is found" command={command}>
            Look further back, or make one.
          </EmptyState>
        }
      >
        <TextLink to="/runs" search={{ q: whole }}>
          Show on the page of runs
        </TextLink>
      </RunTable>
    </div>
  );
}
