import { useQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import { floatClass } from "@/design/surfaces";
import { controlClass } from "@/design/text-field";
import { usePreferences } from "@/lib/preferences";
import { namesQuery } from "./queries";
import type { RunFilter } from "./query/filter";
import { type Parsed, parse } from "./query/parse";
import { print } from "./query/print";
import { accepted, isNameKind, nameOffers, type Offer, offersAt, placeAt } from "./query/suggest";
import { QueryProblems } from "./query-problems";

const COMMIT_MS = 300;
const COMPLAIN_MS = 900;

interface QueryFieldProps {
  /** The text of the filter that is set. */
  text: string;
  /** With `again` it goes on with what was typed before. */
  onChange: (filter: RunFilter, again: boolean) => void;
}

/** The filter as text: what is typed becomes chips, what chips say becomes text. */
export function QueryField({ text, onChange }: QueryFieldProps) {
  const { zone } = usePreferences();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState(text);
  const [given, setGiven] = useState(text);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [complains, setComplains] = useState(false);
  const timers = useRef<number[]>([]);
  const hasTyped = useRef(false);
  const clearTimers = () => {
    for (const timer of timers.current) clearTimeout(timer);
    timers.current = [];
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it goes
  useEffect(() => clearTimers, []);
  const parsed = parse(draft, zone);
  if (text !== given) {
    setGiven(text);
    // What is being typed already says it, in its own words.
    if (parsed.problems.length > 0 || print(parsed.filter) !== text) setDraft(text);
  }
  const place = placeAt(draft, caret);
  const offers = useOffers(open, place);
  const active = at >= 0 && at < offers.length ? offers[at] : undefined;

  const commit = (now: Parsed) => {
    if (now.problems.length > 0) return;
    onChange(now.filter, hasTyped.current);
    hasTyped.current = true;
  };
  const write = (next: string, position: number) => {
    setDraft(next);
    setCaret(position);
    setAt(-1);
    setOpen(true);
    setComplains(false);
    clearTimers();
    timers.current = [
      window.setTimeout(() => commit(parse(next, zone)), COMMIT_MS),
      window.setTimeout(() => setComplains(true), COMPLAIN_MS),
    ];
  };
  const accept = (offer: Offer) => {
    const next = accepted(draft, place, offer);
    // At once: what is typed next must not fall between the text and its caret.
    flushSync(() => write(next.text, next.caret));
    input.current?.setSelectionRange(next.caret, next.caret);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      setOpen(true);
      setAt((before) => (offers.length === 0 ? -1 : (before + step + offers.length) % offers.length));
    } else if (event.key === "Enter") {
      if (active) accept(active);
      else {
        setOpen(false);
        setComplains(true);
        clearTimers();
        commit(parsed);
      }
    } else if (event.key === "Tab" && open && !event.shiftKey && place.written !== "" && offers[0]) {
      accept(active ?? offers[0]);
    } else if (event.key === "Escape" && open && offers.length > 0) setOpen(false);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
  };
  const isOpen = open && offers.length > 0;
  const problems = complains ? parsed.problems : [];
  return (
    <div className="relative min-w-0 grow">
      <Search aria-hidden className="pointer-events-none absolute top-2.25 left-2.5 size-4 text-muted" />
      <input
        ref={input}
        type="search"
        aria-label="Filter runs"
        aria-autocomplete="list"
        aria-controls={isOpen ? `${id}-offers` : undefined}
        aria-activedescendant={active ? `${id}-${at}` : undefined}
        aria-invalid={problems.length > 0 || undefined}
        aria-describedby={problems.length > 0 ? `${id}-problems` : undefined}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder="Name, or state:failed -flow:etl tag:prod param.n=3 jv.env.REGION=eu since:24h"
        value={draft}
        onChange={(event) =>
          write(event.target.value, event.target.selectionStart ?? event.target.value.length)
        }
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setOpen(false);
          setComplains(true);
          hasTyped.current = false;
        }}
        className={cx(
          controlClass,
          "h-control w-full truncate pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden",
        )}
      />
      {draft ? (
        <IconButton
          icon={X}
          size="small"
          label="Clear the text"
          onClick={() => {
            setDraft("");
            clearTimers();
            commit(parse("", zone));
            input.current?.focus();
          }}
          className="absolute! top-0.75 right-1"
        />
      ) : null}
      {isOpen ? (
        <div
          id={`${id}-offers`}
          role="listbox"
          aria-label="Suggestions"
          className={cx(
            floatClass,
            "absolute inset-x-0 top-full z-30 mt-1 max-h-80 overflow-y-auto p-1 sm:w-96",
          )}
        >
          {offers.map((offer, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field above has the focus and the keys
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            <div
              key={offer.insert}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setAt(index)}
              onClick={() => accept(offer)}
              className={cx(
                "flex min-h-8 cursor-default items-baseline gap-3 rounded-md px-2 py-1",
                index === at && "bg-hover",
              )}
            >
              <span className="font-mono text-sm whitespace-nowrap">{offer.label}</span>
              {offer.detail ? (
                <span className="min-w-0 truncate text-sm text-muted">{offer.detail}</span>
              ) : null}
            </div>
          ))}
        </div>
      ) : null}
      {problems.length > 0 ? (
        <QueryProblems
          id={`${id}-problems`}
          problems={problems}
          onReplace={(problem) =>
            write(
              draft.slice(0, problem.start) + (problem.instead ?? "") + draft.slice(problem.end),
              problem.start,
            )
          }
        />
      ) : null}
    </div>
  );
}

function useOffers(open: boolean, place: ReturnType<typeof placeAt>): Offer[] {
  const asks = open && isNameKind(place.kind);
  const { data = [] } = useQuery({
    ...namesQuery(isNameKind(place.kind) ? place.kind : "flow", place.written),
    enabled: asks,
  });
  if (!open || (place.kind === "key" && place.written === "" && place.from > 0)) return [];
  return asks ? nameOffers(data).slice(0, 12) : offersAt(place);
}
