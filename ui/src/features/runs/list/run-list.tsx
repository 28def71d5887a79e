import { ArrowUp } from "lucide-react";
import { useMemo, useRef } from "react";
import { Button } from "@/design/button";
import { useSelection } from "@/design/data-table/selection";
import { EmptyState } from "@/design/empty-state";
import { LinkButton } from "@/design/link";
import { Time } from "@/design/time";
import { count } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { RUN_COLUMNS } from "./columns";
import { FilterChips } from "./filter-chips";
import type { SavedView } from "./queries";
import { NO_FILTER, type RunFilter } from "./query/filter";
import { parse } from "./query/parse";
import { print } from "./query/print";
import { QueryField } from "./query-field";
import { QueryProblems } from "./query-problems";
import { type ListSort, sortOf } from "./rows";
import { RunHistogram } from "./run-histogram";
import { RunTable } from "./run-table";
import { windowLabel } from "./time-filter";
import { useRunList } from "./use-run-list";
import { ViewsMenu } from "./views-menu";

export interface RunListProps {
  /** The text of the filter, as the address has it. */
  text: string;
  sort: ListSort;
  /** False while it is not known yet what to show. */
  ready: boolean;
  /** With `replace` it is the same thought as before: going back skips it. */
  onText: (text: string, replace: boolean) => void;
  onSort: (sort: ListSort) => void;
  onView: (view: SavedView) => void;
}

/** The runs that a filter finds, the filter as text and as chips, and what can be done with them. */
export function RunList({ text, sort, ready, onText, onSort, onView }: RunListProps) {
  const { zone } = usePreferences();
  const { filter, problems } = useMemo(() => parse(text, zone), [text, zone]);
  const enabled = ready && problems.length === 0;
  const canonical = print(filter);
  const box = useRef<HTMLDivElement>(null);
  const isAtTop = useRef(true);
  const selected = useSelection();
  const { selection, clear } = selected;
  const isSelecting = selection.all || selection.ids.size > 0;
  const list = useRunList(canonical, filter, sortOf(sort), enabled, () => isAtTop.current && !isSelecting);
  const change = (next: RunFilter, replace = false) => {
    if (print(next) === text) return;
    clear();
    onText(print(next), replace);
  };
  const toTop = () => {
    list.showFresh();
    box.current?.querySelector("table")?.parentElement?.scrollTo({ top: 0 });
  };
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-col gap-2">
        <div className="flex items-start gap-2">
          <QueryField text={problems.length > 0 ? text : canonical} onChange={change} />
          <ViewsMenu
            current={{ ...(canonical ? { q: canonical } : {}), ...sortQuery(sort) }}
            onApply={onView}
          />
        </div>
        <FilterChips filter={filter} onChange={change} />
      </div>
      {problems.length > 0 ? (
        <EmptyState
          title="The filter in the address is not understood."
          action={<Button onClick={() => change(filter)}>Leave out what is not understood</Button>}
        >
          <QueryProblems
            id="address-problems"
            problems={problems}
            onReplace={({ start, end, instead = "" }) =>
              onText(text.slice(0, start) + instead + text.slice(end), true)
            }
          />
        </EmptyState>
      ) : (
        <>
          <RunHistogram
            text={canonical}
            filter={filter}
            // After the rows: they are what is waited for.
            enabled={enabled && !list.isPending}
            onWindow={(from, to) => change({ ...filter, window: { kind: "between", from, to } })}
          />
          <div
            ref={box}
            data-testid="runs-table"
            className="min-w-0"
            onScrollCapture={(event) => {
              isAtTop.current = (event.target as HTMLElement).scrollTop < 8;
            }}
          >
            <RunTable
              id="runs"
              text={canonical}
              list={list}
              columns={RUN_COLUMNS}
              sort={sort}
              onSort={onSort}
              selection={selected}
              empty={<NoRuns filter={filter} zone={zone} onChange={change} />}
            >
              {list.since ? (
                <p>
                  of those expected since <Time value={list.since} format="absolute" precision="minute" />:
                  only the newest 100,000 are searched for this
                </p>
              ) : null}
              {list.fresh > 0 ? (
                <Button size="small" icon={ArrowUp} onClick={toTop}>
                  {count(list.fresh)} new
                </Button>
              ) : null}
            </RunTable>
          </div>
        </>
      )}
    </div>
  );
}

function sortQuery({ column, direction }: ListSort): Record<string, string> {
  const isDefault = column === "expected" && direction === "desc";
  return isDefault ? {} : { sort: `${direction === "desc" ? "-" : ""}${column}` };
}

function NoRuns({
  filter,
  zone,
  onChange,
}: {
  filter: RunFilter;
  zone: string;
  onChange: (filter: RunFilter) => void;
}) {
  const isFiltered = filter.terms.length > 0 || filter.words !== "";
  const when = windowLabel(filter.window, zone);
  if (isFiltered)
    return (
      <EmptyState
        title="No run matches."
        action={
          <>
            {filter.window.kind === "all" ? null : (
              <Button onClick={() => onChange({ ...filter, window: { kind: "all" } })}>
                Look at all time
              </Button>
            )}
            <Button onClick={() => onChange({ ...NO_FILTER, window: filter.window })}>
              Clear the filters
            </Button>
          </>
        }
      >
        Of all runs expected in {when}, none is what the filter asks for.
      </EmptyState>
    );
  return (
    <EmptyState
      title={filter.window.kind === "all" ? "There are no runs yet" : `There are no runs in ${when}`}
      command="penstock deployment run FLOW/DEPLOYMENT"
      action={
        <>
          {filter.window.kind === "all" ? null : (
            <Button onClick={() => onChange({ ...filter, window: { kind: "all" } })}>Look at all time</Button>
          )}
          <LinkButton to="/deployments">Choose a deployment to run</LinkButton>
        </>
      }
    />
  );
}
