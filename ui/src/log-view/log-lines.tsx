import { ArrowDownToLine, ArrowUpToLine } from "lucide-react";
import { type ReactNode, type RefObject, useMemo } from "react";
import { Button, IconButton } from "@/design/button";
import { plural } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { patternOf } from "./highlight";
import { lineTime } from "./line-times";
import type { LogBuffer } from "./log-buffer";
import { LogRow } from "./log-row";
import type { LogLook } from "./log-toolbar";
import { SearchMarks } from "./search-marks";
import type { Hits } from "./use-hits";
import type { LogScroll } from "./use-log-scroll";

interface LogLinesProps {
  scroller: RefObject<HTMLDivElement | null>;
  buffer: LogBuffer;
  scroll: LogScroll;
  look: LogLook;
  origin: string | undefined;
  find: string;
  hits: Hits;
  numbered: boolean;
  isOpen: (id: string) => boolean;
  isLinked: (place: number, id: string | undefined) => boolean;
  onFold: (id: string) => void;
  onLink: (place: number, id: string, extend: boolean) => void;
  onTask: ((id: string) => void) | undefined;
  onCopy: (text: string) => void;
  /** Lines that came since one stopped following. */
  newLines: number;
  live: boolean;
  children?: ReactNode;
}

export function LogLines(props: LogLinesProps) {
  const { scroller, buffer, scroll, look, origin, find, hits, numbered, newLines, live } = props;
  const { zone } = usePreferences();
  const pattern = useMemo(() => patternOf(find), [find]);
  const total = buffer.total ?? 0;
  const currentHit = hits.positions[hits.at];
  const rows: ReactNode[] = [];
  for (let place = scroll.first; place <= scroll.last; place++) {
    const line = buffer.lineAt(place);
    rows.push(
      <LogRow
        key={place}
        line={line}
        place={place}
        top={scroll.topOf(place)}
        number={numbered ? place + 1 : undefined}
        time={line ? lineTime(line.timestamp, look.time, zone, origin) : ""}
        task={line?.task_run_id ? buffer.taskNames.get(line.task_run_id) : undefined}
        wrap={look.wrap}
        open={line !== undefined && props.isOpen(line.id)}
        linked={props.isLinked(place, line?.id)}
        hit={place === currentHit}
        pattern={pattern}
        onFold={props.onFold}
        onLink={props.onLink}
        onTask={props.onTask}
        onCopy={props.onCopy}
        measure={scroll.measure}
      />,
    );
  }
  return (
    <div className="relative min-h-0 grow">
      <div
        ref={scroller}
        role="region"
        aria-label={`Log lines, ${plural(total, "line")}`}
        data-testid="log-lines"
        data-total={total}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keyboard
        tabIndex={0}
        onScroll={scroll.onScroll}
        className="absolute inset-0 overflow-auto overscroll-contain rounded-lg border border-line bg-surface font-mono text-[0.78125rem] [overflow-anchor:none] outline-offset-[-2px]"
      >
        <div className="relative min-w-full" style={{ height: scroll.barHeight }}>
          {rows}
        </div>
        {props.children ? <div className="font-sans text-base">{props.children}</div> : null}
      </div>
      <SearchMarks positions={hits.positions} at={hits.at} total={total} />
      {total > 0 ? (
        <div className="absolute right-5 bottom-3 flex items-center gap-1.5">
          {newLines > 0 && !scroll.follow ? (
            <Button kind="primary" size="small" icon={ArrowDownToLine} onClick={scroll.goToEnd}>
              {plural(newLines, "new line")}
            </Button>
          ) : null}
          <IconButton
            icon={ArrowUpToLine}
            label="Jump to start"
            kind="secondary"
            size="small"
            onClick={scroll.goToStart}
          />
          <IconButton
            icon={ArrowDownToLine}
            label="Jump to end"
            kind="secondary"
            size="small"
            pressed={live && scroll.follow}
            onClick={scroll.goToEnd}
          />
        </div>
      ) : null}
    </div>
  );
}
