import { useEffect, useEffectEvent, useRef, useState } from "react";
import { hitFrom, hitStep } from "./hits";
import type { LogLineFilter } from "./log-state";
import type { LogHits, LogSource } from "./source";

const AGAIN_MS = 2000;

export interface Hits {
  positions: readonly number[];
  complete: boolean;
  searching: boolean;
  error: unknown;
  /** Which of them one is at; -1 for none. */
  at: number;
  step: (by: number) => void;
  /** Goes to the first hit of this text as soon as it is found. */
  goWhenFound: (text: string) => void;
}

interface Options {
  source: LogSource;
  filter: LogLineFilter | undefined;
  text: string;
  /** How many lines there are: with more, there may be more hits. */
  total: number | undefined;
  /** The place of the first line in view. */
  place: () => number;
  goTo: (place: number) => void;
}

const NOTHING: LogHits = { positions: [], complete: true };

/** Where in all lines a text is, and the way from one to the next. */
export function useHits({ source, filter, text, total, place, goTo }: Options): Hits {
  const question = text ? JSON.stringify([text, filter ?? null]) : "";
  const [found, setFound] = useState({ question: "", hits: NOTHING, error: undefined as unknown });
  const [chosen, setChosen] = useState({ question: "", at: -1 });
  const isNew = found.question !== question;
  const hasLines = total !== undefined;
  const awaited = useRef<string>(undefined);

  const go = (positions: readonly number[], next: number) => {
    setChosen({ question, at: next });
    const target = positions[next];
    if (target !== undefined) goTo(target);
  };
  const arrived = useEffectEvent((hits: LogHits) => {
    setFound({ question, hits, error: undefined });
    if (awaited.current === text) go(hits.positions, hitFrom(hits.positions, place()));
    awaited.current = undefined;
  });

  useEffect(() => {
    if (!question || !hasLines) return;
    const control = new AbortController();
    const [wanted, within] = JSON.parse(question) as [string, LogLineFilter | null];
    // New lines don't make the same search run without end.
    const timer = setTimeout(
      () => {
        source.hits(wanted, within ?? undefined, control.signal).then(
          (hits) => control.signal.aborted || arrived(hits),
          (error) => control.signal.aborted || setFound({ question, hits: NOTHING, error }),
        );
      },
      isNew || total === 0 ? 0 : AGAIN_MS,
    );
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [source, question, isNew, hasLines, total]);

  const hits = isNew ? NOTHING : found.hits;
  const at = chosen.question === question ? chosen.at : -1;
  const step = (by: number) => {
    const { positions } = hits;
    if (isNew) awaited.current = text;
    else go(positions, at < 0 ? hitFrom(positions, place()) : hitStep(positions.length, at, by));
  };
  return {
    positions: hits.positions,
    complete: hits.complete,
    searching: isNew && question !== "",
    error: isNew ? undefined : found.error,
    at,
    step,
    goWhenFound: (next) => {
      awaited.current = next;
    },
  };
}
