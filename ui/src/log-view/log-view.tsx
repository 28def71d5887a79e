import { type ReactNode, useCallback, useRef, useState } from "react";
import { Button } from "@/design/button";
import { Chip } from "@/design/chip";
import { copyText } from "@/design/copy-button";
import { cx } from "@/design/cx";
import { ErrorState, errorFacts } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { toast } from "@/design/toast";
import { plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { stripAnsi } from "./ansi";
import { LogLines } from "./log-lines";
import { filterOf, type LineRange, type LogChoice } from "./log-state";
import { LogToolbar } from "./log-toolbar";
import { NoLines } from "./no-lines";
import type { LogFacets, LogSource } from "./source";
import { useHits } from "./use-hits";
import { useLogBuffer } from "./use-log-buffer";
import { useLogScroll } from "./use-log-scroll";
import { useStart } from "./use-start";
import { useLatest, useLook, useNewLines } from "./view-state";

export interface LogViewProps {
  /** Where lines come from; a new one begins anew. */
  source: LogSource;
  choice: LogChoice;
  onChoice: (choice: LogChoice) => void;
  /** The lines that the address points at: `#L1042`. */
  range: LineRange | null;
  onRange: (range: LineRange | null) => void;
  /** Whether more lines are to come. */
  live: boolean;
  facets?: LogFacets | undefined;
  /** Somebody is about to choose by what the facets tell. To count them takes long, so it is not done for everybody. */
  onWantFacets?: (() => void) | undefined;
  downloadUrl?: string | undefined;
  /** When the run began, for times since then. */
  origin?: string | undefined;
  /** Only lines of these task runs, whatever is chosen. */
  within?: readonly string[] | undefined;
  /** Shown where nothing was logged. */
  empty?: ReactNode;
  className?: string | undefined;
}

/** The log of a run: all of it, however long it is. */
export function LogView(props: LogViewProps) {
  const { source, choice, onChoice, range, onRange, live, facets, within } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const filter = filterOf(choice, within);
  const [look, setLook] = useLook();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const buffer = useLogBuffer(source, filter);
  const numbered = filter === undefined || (within !== undefined && Object.keys(filter).length === 1);
  const pointed = choice.line !== undefined || range !== null;
  const scroll = useLogScroll({
    scroller,
    buffer,
    shape: `${look.wrap} ${[...open].join()}`,
    startsFollowing: live && !pointed,
  });
  const hits = useHits({
    source,
    filter,
    text: choice.find,
    total: buffer.total,
    place: scroll.place,
    goTo: scroll.goTo,
  });
  useStart({ buffer, line: choice.line, range: numbered ? range : null, live, goTo: scroll.goTo });
  const newLines = useNewLines(buffer.total, scroll.follow);

  const change = (part: Partial<LogChoice>) => onChoice({ ...choice, line: undefined, ...part });
  const linked = useLatest({ range, choice, numbered, onRange, onChoice });
  const onLink = useCallback(
    (place: number, id: string, extend: boolean) => {
      const now = linked.current;
      if (!now.numbered)
        return now.onChoice({ ...now.choice, line: now.choice.line === id ? undefined : id });
      const number = place + 1;
      const before = now.range;
      if (extend && before)
        now.onRange({ from: Math.min(before.from, number), to: Math.max(before.to, number) });
      else now.onRange(before?.from === number && before.to === number ? null : { from: number, to: number });
    },
    [linked],
  );
  const onFold = useCallback((id: string) => {
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const onCopy = useCallback((text: string) => {
    void copyText(text).then((done) =>
      toast({ title: done ? "Copied" : "Cannot copy here", tone: done ? "success" : "info" }),
    );
  }, []);
  const copyRange = async () => {
    if (!range) return;
    const limit = Math.min(1000, range.to - range.from + 1);
    const { lines } = await source.window(
      { position: range.from - 1, limit, filter },
      new AbortController().signal,
    );
    onCopy(lines.map(({ message }) => stripAnsi(message)).join("\n"));
  };
  useKeys("Logs", [
    { keys: "/", label: "Search logs", run: () => search.current?.focus() },
    { keys: "n", label: "Next match", run: () => hits.step(1) },
    { keys: "shift+n", label: "Previous match", run: () => hits.step(-1) },
    { keys: "w", label: "Wrap lines", run: () => setLook({ wrap: !look.wrap }) },
    { keys: "shift+g", label: "Jump to the end of the log", run: scroll.goToEnd },
  ]);

  const lacksAll = buffer.total === undefined;
  const isFiltered = filter !== undefined && !(within && Object.keys(filter).length === 1);
  return (
    <section
      aria-label="Logs"
      className={cx("flex h-[clamp(22rem,calc(100dvh-22rem),90rem)] min-w-0 flex-col gap-2", props.className)}
    >
      <LogToolbar
        choice={choice}
        onChoice={change}
        look={look}
        onLook={setLook}
        hits={hits}
        facets={facets}
        onWantFacets={props.onWantFacets}
        taskName={(id) => buffer.taskNames.get(id) ?? id.slice(0, 8)}
        isTask={within !== undefined}
        downloadUrl={props.downloadUrl}
        searchRef={search}
        actions={
          <>
            {range && numbered ? (
              <Button size="small" onClick={() => void copyRange()}>
                Copy {plural(range.to - range.from + 1, "line")}
              </Button>
            ) : null}
            {live ? (
              <button
                type="button"
                aria-pressed={scroll.follow}
                onClick={() => (scroll.follow ? scroll.setFollow(false) : scroll.goToEnd())}
                className="mr-1 rounded-md"
              >
                <Chip tone={scroll.follow ? "success" : "neutral"}>
                  {scroll.follow ? "Following" : "Follow"}
                </Chip>
              </button>
            ) : null}
          </>
        }
      />
      {buffer.error !== undefined && !lacksAll ? (
        <p role="status" className="rounded-md bg-warning-soft px-3 py-1 text-sm">
          {errorFacts(buffer.error).message} Trying again…{" "}
          <button type="button" className="underline" onClick={() => buffer.retry()}>
            Now
          </button>
        </p>
      ) : null}
      {lacksAll && buffer.error !== undefined ? (
        <ErrorState
          title="The log could not be loaded."
          error={buffer.error}
          onRetry={() => buffer.retry()}
        />
      ) : (
        <LogLines
          scroller={scroller}
          buffer={buffer}
          scroll={scroll}
          look={look}
          origin={props.origin}
          find={choice.find}
          hits={hits}
          numbered={numbered}
          isOpen={(id) => open.has(id)}
          isLinked={(place, id) =>
            choice.line !== undefined
              ? choice.line === id
              : numbered && range !== null && place + 1 >= range.from && place + 1 <= range.to
          }
          onFold={onFold}
          onLink={onLink}
          onTask={within ? undefined : (id) => change({ tasks: [id], outside: false })}
          onCopy={onCopy}
          newLines={newLines}
          live={live}
        >
          {lacksAll ? (
            <div className="p-4">
              <SkeletonLines lines={8} label="Loading logs" />
            </div>
          ) : null}
          {buffer.total === 0 ? (
            <NoLines
              isFiltered={isFiltered}
              live={live}
              empty={props.empty}
              onClear={() =>
                change({ level: undefined, loggers: [], tasks: [], outside: false, only: false, find: "" })
              }
            />
          ) : null}
        </LogLines>
      )}
    </section>
  );
}
