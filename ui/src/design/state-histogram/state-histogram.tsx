import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { count as inFull, plural, shortCount } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { absolute } from "@/lib/time";
import { useTheme } from "../colors";
import { cx } from "../cx";
import { StateIcon } from "../state-badge";
import { stateLabel } from "../states";
import { floatClass } from "../surfaces";
import { type Series, scaleTop, slicesBetween, stacked, totals } from "./model";
import { paint } from "./paint";

export interface StateHistogramProps {
  /** What it shows, for screen readers. */
  label: string;
  /** What is counted, where it is not runs by state: then the one series has no type. */
  noun?: string | undefined;
  /** Of the first slice, in milliseconds. */
  start: number;
  sliceSeconds: number;
  slices: number;
  series: readonly Series[];
  height?: number | undefined;
  /** The numbers are those of the question before. */
  stale?: boolean | undefined;
  /** Slices were chosen: from when to when. */
  onWindow: (from: number, to: number) => void;
}

/** Runs by time, stacked by state. A click chooses a slice, a drag several; so do arrow keys with Shift, and Enter. */
export function StateHistogram(props: StateHistogramProps) {
  const { label, noun = "run", start, sliceSeconds, slices, height = 96, stale, onWindow } = props;
  const { zone } = usePreferences();
  const theme = useTheme();
  const series = useMemo(() => stacked(props.series), [props.series]);
  const sums = useMemo(() => totals(series, slices), [series, slices]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [marked, setMarked] = useState<readonly [number, number]>();
  const pressed = useRef<number>(undefined);
  const at = (index: number) => start + index * sliceSeconds * 1000;

  useEffect(() => {
    const box = canvas.current?.parentElement;
    if (!box) return;
    const observer = new ResizeObserver(() => setWidth(box.clientWidth));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme gives the colours that are painted
  useEffect(() => {
    if (canvas.current && width > 0) paint(canvas.current, { series, count: slices, marked, width, height });
  }, [series, slices, marked, width, height, theme]);

  const x = (event: PointerEvent) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const choose = ([from, to]: readonly [number, number]) => {
    setMarked(undefined);
    onWindow(at(from), at(to + 1));
  };
  const onMove = (event: PointerEvent) =>
    setMarked(slicesBetween(pressed.current ?? x(event), x(event), width, slices));
  const onDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    pressed.current = x(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    onMove(event);
  };
  const onUp = (event: PointerEvent) => {
    const from = pressed.current;
    pressed.current = undefined;
    if (from !== undefined) choose(slicesBetween(from, x(event), width, slices));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -slices, End: slices }[event.key];
    const [from, to] = marked ?? [slices - 1, slices - 1];
    if (step !== undefined) {
      const next = Math.max(0, Math.min(slices - 1, (step < 0 ? from : to) + (marked ? step : 0)));
      setMarked(event.shiftKey ? [Math.min(from, next), Math.max(to, next)] : [next, next]);
    } else if (event.key === "Enter" && marked) choose(marked);
    else if (event.key === "Escape" && marked) {
      pressed.current = undefined;
      setMarked(undefined);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const said = marked ? told(marked, at, sums, series, zone, noun) : undefined;
  return (
    <div className={cx("relative min-w-0", stale && "opacity-60 transition-opacity")}>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={1}
        aria-valuemax={slices}
        aria-valuenow={(marked?.[0] ?? slices - 1) + 1}
        aria-valuetext={said ? `${said.when}: ${said.what}` : `${plural(sum(sums), noun)} in all`}
        className="relative cursor-crosshair touch-pan-y rounded-sm"
        style={{ height }}
        onPointerMove={onMove}
        onPointerDown={onDown}
        onPointerUp={onUp}
        onPointerLeave={() => pressed.current === undefined && setMarked(undefined)}
        onBlur={() => setMarked(undefined)}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} aria-hidden className="absolute inset-0 size-full" />
        <span
          aria-hidden
          className="pointer-events-none absolute top-0.5 left-0 rounded-sm bg-surface/80 px-0.5 text-xs text-muted tabular-nums"
        >
          {shortCount(scaleTop(Math.max(...sums, 0)))}
        </span>
      </div>
      <Axis start={start} seconds={sliceSeconds} slices={slices} zone={zone} />
      {marked && said ? (
        <div
          aria-hidden
          className={cx(
            floatClass,
            "pointer-events-none absolute bottom-full mb-1 w-max max-w-72 px-2.5 py-1.5 text-sm",
          )}
          style={place(((marked[0] + marked[1] + 1) / 2 / slices) * 100)}
        >
          <p className="font-medium whitespace-nowrap tabular-nums">{said.when}</p>
          {said.parts.map(({ type, value }) => (
            <p key={type} className="flex items-center gap-1.5">
              <StateIcon type={type} name={undefined} className="size-3.5" />
              <span className="grow">{stateLabel(type)}</span>
              <span className="pl-4 tabular-nums">{inFull(value)}</span>
            </p>
          ))}
          {said.parts.length === 0 ? <p className="text-muted">{said.all}</p> : null}
        </div>
      ) : null}
    </div>
  );
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

/** Beside the slice, and never out of the picture. */
function place(percent: number) {
  return percent < 50 ? { left: `${percent}%` } : { right: `${100 - percent}%` };
}

function told(
  [from, to]: readonly [number, number],
  at: (index: number) => number,
  sums: readonly number[],
  series: readonly Series[],
  zone: string,
  noun: string,
) {
  const all = sum(sums.slice(from, to + 1));
  const parts = series
    .filter(({ type }) => type !== "")
    .map(({ type, counts }) => ({ type, value: sum(counts.slice(from, to + 1)) }))
    .filter(({ value }) => value > 0)
    .reverse();
  const [first, last] = [
    absolute(at(from), zone, { precision: "minute" }),
    absolute(at(to + 1), zone, { precision: "minute" }),
  ];
  const sameDay = first.slice(0, 10) === last.slice(0, 10);
  const what = [
    plural(all, noun),
    ...parts.map(({ type, value }) => `${inFull(value)} ${stateLabel(type).toLowerCase()}`),
  ];
  return {
    when: `${first} – ${sameDay ? last.slice(11) : last}`,
    what: what.join(", "),
    parts,
    all: all ? plural(all, noun) : `No ${noun}s`,
  };
}

function Axis({
  start,
  seconds,
  slices,
  zone,
}: {
  start: number;
  seconds: number;
  slices: number;
  zone: string;
}) {
  const isLong = seconds * slices > 2 * 86_400;
  const said = (index: number) => {
    const moment = absolute(start + index * seconds * 1000, zone, { precision: "minute" });
    return isLong ? moment.slice(5, 10) : moment.slice(11);
  };
  const marks = [...new Set([0, 0.25, 0.5, 0.75].map((mark) => Math.floor(mark * slices)))];
  return (
    <div aria-hidden className="relative mt-1 h-4 text-xs text-muted tabular-nums">
      {marks.map((index) => (
        <span key={index} className="absolute" style={{ left: `${(index / slices) * 100}%` }}>
          {said(index)}
        </span>
      ))}
      <span className="absolute right-0">{said(slices)}</span>
    </div>
  );
}
