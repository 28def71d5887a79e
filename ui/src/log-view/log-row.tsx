import { Copy, Link2, UnfoldVertical } from "lucide-react";
import { type MouseEvent, memo, useLayoutEffect, useMemo, useRef } from "react";
import { cx } from "@/design/cx";
import { count } from "@/lib/format";
import { parseAnsi, type Span, stripAnsi } from "./ansi";
import { canFold, fold } from "./folding";
import { splitBy } from "./highlight";
import type { LogLine } from "./log-buffer";
import { type LevelTone, levelName, levelTone } from "./log-state";

const INKS: Record<LevelTone, string> = {
  danger: "text-danger",
  warning: "text-warning",
  neutral: "text-muted",
  muted: "text-muted",
};

export interface LogRowProps {
  line: LogLine | undefined;
  place: number;
  top: number;
  /** The number that it has in the whole log; undefined where a filter hides others. */
  number: number | undefined;
  time: string;
  task: string | undefined;
  wrap: boolean;
  open: boolean;
  linked: boolean;
  hit: boolean;
  pattern: RegExp | null;
  onFold: (id: string) => void;
  onLink: (place: number, id: string, extend: boolean) => void;
  onTask: ((id: string) => void) | undefined;
  onCopy: (text: string) => void;
  measure: (place: number, height: number) => void;
}

export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { line, place, top, linked, hit, wrap, measure } = props;
  const row = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const height = row.current?.offsetHeight;
    // Nothing is measured while the tab is hidden.
    if (height) measure(place, height);
  });
  const isSevere = line !== undefined && line.level >= 40;
  return (
    <div
      ref={row}
      data-place={place}
      style={{ top }}
      className={cx(
        "group absolute left-0 flex min-w-full pr-2 leading-5",
        wrap ? "right-0" : "w-max",
        hit ? "bg-warning-soft" : linked ? "bg-selected" : isSevere ? "bg-danger-soft" : "hover:bg-hover",
        linked && "shadow-[inset_3px_0_0_var(--accent)]",
      )}
    >
      {line === undefined ? (
        <Placeholder place={place} number={props.number} />
      ) : (
        <Line {...props} line={line} />
      )}
    </div>
  );
});

function Placeholder({ place, number }: { place: number; number: number | undefined }) {
  return (
    <>
      <span className="w-16 shrink-0 pr-3 text-right text-muted">{number ?? ""}</span>
      <span
        aria-hidden
        className="my-1.5 h-2 rounded-sm bg-line"
        style={{ width: 180 + ((place * 97) % 360) }}
      />
    </>
  );
}

function Line({ line, number, time, task, ...rest }: LogRowProps & { line: LogLine }) {
  const { place, wrap, open, linked, pattern, onFold, onLink, onTask, onCopy } = rest;
  const foldable = canFold(line.message);
  const { lines, hidden } = useMemo(() => fold(line.message, open), [line.message, open]);
  const spans = useMemo(() => lines.map(parseAnsi), [lines]);
  const link = (event: MouseEvent) => {
    event.preventDefault();
    onLink(place, line.id, event.shiftKey);
  };
  return (
    <>
      <a
        href={number === undefined ? `?line=${line.id}` : `#L${number}`}
        onClick={link}
        tabIndex={linked ? 0 : -1}
        aria-label={number === undefined ? "Link to this line" : `Line ${number}`}
        className="w-16 shrink-0 pr-3 text-right text-muted tabular-nums select-none hover:text-accent hover:underline"
      >
        {number === undefined ? (
          <Link2 aria-hidden className="mt-1 ml-auto size-3.5 opacity-50 group-hover:opacity-100" />
        ) : (
          number
        )}
      </a>
      {time ? <span className="shrink-0 pr-3 text-muted tabular-nums select-none">{time}</span> : null}
      <span className={cx("w-[4.5rem] shrink-0 select-none max-sm:w-6", INKS[levelTone(line.level)])}>
        <span className="max-sm:hidden">{levelName(line.level)}</span>
        <span className="font-semibold sm:hidden">{levelName(line.level).charAt(0)}</span>
      </span>
      <span className="w-40 shrink-0 truncate pr-3 text-muted select-none max-lg:hidden">
        {line.task_run_id && onTask ? (
          <button
            type="button"
            tabIndex={-1}
            title={`Only the lines of ${task ?? line.task_run_id}`}
            onClick={() => onTask(line.task_run_id ?? "")}
            className="max-w-full truncate align-bottom hover:text-accent hover:underline"
          >
            {task ?? line.name}
          </button>
        ) : (
          <span title={line.name}>{line.name}</span>
        )}
      </span>
      <span className={cx("min-w-0 grow", wrap ? "break-words whitespace-pre-wrap" : "whitespace-pre")}>
        {spans.map((each, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a message have an order
          <span key={i} className="block min-h-5">
            <Spans spans={each} pattern={pattern} />
            {hidden > 0 && i === 0 ? (
              <FoldButton
                label={`${count(hidden)} more lines`}
                open={false}
                onClick={() => onFold(line.id)}
              />
            ) : null}
            {foldable && open && i === 0 ? (
              <FoldButton label="Fold" open onClick={() => onFold(line.id)} />
            ) : null}
          </span>
        ))}
      </span>
      <button
        type="button"
        tabIndex={-1}
        title="Copy line"
        aria-label="Copy line"
        onClick={() => onCopy(stripAnsi(line.message))}
        className="sticky right-1 ml-2 flex h-5 w-6 shrink-0 items-center justify-center rounded-sm bg-raised text-muted opacity-0 group-hover:opacity-100 hover:text-text"
      >
        <Copy aria-hidden className="size-3.5" />
      </button>
    </>
  );
}

function FoldButton({ label, open, onClick }: { label: string; open: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={onClick}
      className="ml-2 inline-flex h-4.5 items-center gap-1 rounded-sm border border-line bg-raised px-1.5 align-middle font-sans text-xs text-muted hover:text-text"
    >
      <UnfoldVertical aria-hidden className="size-3" />
      {label}
    </button>
  );
}

function Spans({ spans, pattern }: { spans: readonly Span[]; pattern: RegExp | null }) {
  return spans.map((span, i) => {
    const style = span.style;
    const content = splitBy(span.text, pattern).map((piece, j) =>
      j % 2 === 1 ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have an order
        <mark key={j} className="rounded-xs bg-warning text-surface">
          {piece}
        </mark>
      ) : (
        piece
      ),
    );
    if (!style) return content;
    return (
      <span
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have an order
        key={i}
        style={{ color: style.color, backgroundColor: style.background }}
        className={cx(
          style.bold && "font-bold",
          style.dim && "opacity-70",
          style.italic && "italic",
          style.underline && "underline",
          style.strike && "line-through",
        )}
      >
        {content}
      </span>
    );
  });
}
