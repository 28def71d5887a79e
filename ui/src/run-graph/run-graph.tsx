import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { cx } from "@/design/cx";
import { ErrorState } from "@/design/error-state";
import { Kbd } from "@/design/kbd";
import { count, plural } from "@/lib/format";
import { criticalPath } from "./critical-path";
import { describe } from "./describe";
import { isSame, type Scene, type Selection } from "./drawing";
import { isOpen as isOpenInGraph } from "./graph";
import type { Hit } from "./hit";
import { HoverCard } from "./hover-card";
import { Legend } from "./legend";
import { buildModel, type Timeline } from "./model";
import { actionOf, type GraphAction, KEY_HELP, step, stops } from "./navigation";
import { isExpanded } from "./rows";
import { TaskList } from "./task-list";
import { type GraphView, Toolbar } from "./toolbar";
import { useMatch } from "./use-match";
import { useReveal } from "./use-reveal";
import { useStage } from "./use-stage";

export type { GraphView, Timeline };

export interface RunGraphProps {
  timeline: Timeline;
  /** What it shows: "Tasks of brisk-otter". */
  label: string;
  view: GraphView;
  onViewChange: (view: GraphView) => void;
  /** The id of the selected task run. */
  selected: string | undefined;
  onSelect: (id: string | undefined) => void;
  /** Somebody wants to see all of a task run. */
  onOpen: (id: string) => void;
  /** A link to a task run's page, for the list. */
  linkTo: (id: string, label: string) => ReactNode;
  className?: string | undefined;
}

/** The task runs of a run: in time, as a graph of what needs what, or as a list. */
export function RunGraph(props: RunGraphProps) {
  const { timeline, label, view, onViewChange, selected: selectedId, onSelect, onOpen, linkTo } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const model = useMemo(() => buildModel(timeline), [timeline]);
  const clock = useClock(model.now);
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [showCritical, setShowCritical] = useState(true);
  const [group, setGroup] = useState<string>();
  const [hovered, setHovered] = useState<Hit>(null);
  const [, setPainted] = useState(0);
  const [isFullscreen, setFullscreen] = useFullscreen(box);
  const { text, setText, looks, toggleLook, match } = useMatch(model);
  const layout = view === "graph" ? "graph" : "timeline";

  const selected = useMemo((): Selection | null => {
    const at = group === undefined ? -1 : model.groups.findIndex(({ name }) => name === group);
    if (at >= 0) return { kind: "group", group: at, onName: true };
    const index = selectedId === undefined ? -1 : timeline.ids.indexOf(selectedId);
    return index < 0 ? null : { kind: "task", index };
  }, [model, timeline, group, selectedId]);
  const critical = useMemo(
    () => (showCritical && model.size > 1 ? criticalPath(model, clock()) : null),
    [showCritical, model, clock],
  );
  const scene = useMemo<Scene>(
    () => ({ model, critical, selected, hovered, match }),
    [model, critical, selected, hovered, match],
  );
  const isOpen = useCallback(
    (at: number) => (layout === "graph" ? isOpenInGraph(model, at, chosen) : isExpanded(model, at, chosen)),
    [layout, model, chosen],
  );
  const toggle = (at: number) => {
    const name = model.groups[at]?.name;
    if (name !== undefined) setChosen(new Map(chosen).set(name, !isOpen(at)));
  };
  const select = (what: Hit) => {
    setGroup(what?.kind === "group" ? model.groups[what.group]?.name : undefined);
    onSelect(what?.kind === "task" ? timeline.ids[what.index] : undefined);
  };
  const open = (what: Hit) => {
    if (what?.kind === "group") toggle(what.group);
    else if (what) onOpen(timeline.ids[what.index] ?? "");
  };
  const stage = useStage({
    canvas,
    layout,
    model,
    scene,
    chosen,
    clock,
    events: {
      onHover: (hit) => setHovered((before) => (isSame(before, hit) ? before : hit)),
      onClick: (hit) => {
        select(hit);
        if (hit?.kind === "group") toggle(hit.group);
      },
      onOpen: (hit) => hit?.kind === "task" && open(hit),
      onPaint: () => hovered && setPainted((times) => times + 1),
    },
  });
  useReveal({ ready: stage.ready, selected, model, isOpen, open: toggle, change: stage.change });
  const act = (action: GraphAction) => {
    const { width, height } = stage.size();
    if (action.do === "pan") stage.change((drawing) => drawing.pan(action.dx, action.dy));
    else if (action.do === "zoom")
      stage.change((drawing) => drawing.zoom(width / 2, height / 2, action.factor));
    else if (action.do === "fit") stage.change((drawing, now) => drawing.fit(now));
    else if (action.do === "closer")
      stage.change((drawing, now) => selected && drawing.reveal(selected, true, now));
    else if (action.do === "fullscreen") setFullscreen(!isFullscreen);
    else if (action.do === "critical") setShowCritical(!showCritical);
    else if (action.do === "open") open(selected);
    else if (action.do === "toggle") toggleSelected();
    else if (action.do === "leave") select(null);
    else if (action.do === "step") {
      const next = step(stops(model, isOpen), selected, action.by);
      if (!next) return;
      select(next);
      stage.change((drawing, now) => drawing.reveal(next, false, now));
    }
  };
  const toggleSelected = () => {
    if (selected?.kind === "group") toggle(selected.group);
    else if (selected) {
      const at = model.group[selected.index] ?? -1;
      if ((model.groups[at]?.members.length ?? 0) < 2) return;
      toggle(at);
      select({ kind: "group", group: at, onName: true });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const action = actionOf(event);
    if (!action || (action.do === "leave" && !selected)) return;
    event.preventDefault();
    act(action);
  };
  const hoverBox = hovered ? stage.boxOf(hovered) : null;
  const summary = `${label}: ${plural(model.size, "task run")} of ${plural(model.groups.length, "task")}`;
  return (
    <div
      ref={box}
      className={cx("flex min-w-0 flex-col gap-2", isFullscreen && "bg-bg p-3", props.className)}
    >
      <Toolbar
        view={view}
        onViewChange={onViewChange}
        text={text}
        onText={setText}
        critical={showCritical}
        onCritical={() => act({ do: "critical" })}
        onZoom={(factor) => act({ do: "zoom", factor })}
        onFit={() => act({ do: "fit" })}
        fullscreen={isFullscreen}
        onFullscreen={() => act({ do: "fullscreen" })}
      />
      {timeline.total > model.size ? (
        <p className="text-sm text-muted">
          The first {count(model.size)} of {count(timeline.total)} task runs are shown.
        </p>
      ) : null}
      {stage.error && view === "graph" ? <ErrorState error={stage.error} compact /> : null}
      <div
        className={cx(
          "relative min-h-72 overflow-hidden rounded-lg border border-line bg-surface shadow-card",
          isFullscreen ? "grow" : "h-[clamp(20rem,calc(100dvh-27rem),60rem)]",
          view === "list" && "hidden",
        )}
      >
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it has keys of its own, and says so */}
        <canvas
          ref={canvas}
          role="application"
          aria-label={`${summary}. Arrow keys move, plus and minus zoom, j and k go from task to task, Enter opens. The list shows the same as a table.`}
          aria-roledescription={view === "graph" ? "graph" : "timeline"}
          tabIndex={0}
          data-testid="timeline"
          data-ready={stage.ready ? "true" : "false"}
          onKeyDown={onKeyDown}
          className="absolute inset-0 size-full touch-none outline-offset-[-2px]"
        />
        {stage.ready || stage.error ? null : (
          <p role="status" className="pointer-events-none absolute inset-x-0 top-1/3 text-center text-muted">
            Laying out {plural(model.size, "task run")}…
          </p>
        )}
        {hovered && hoverBox ? (
          <HoverCard model={model} what={hovered} now={clock()} box={hoverBox} room={stage.size()} />
        ) : null}
      </div>
      <p aria-live="polite" className="sr-only">
        {describe(model, selected, clock())}
      </p>
      {view === "list" ? (
        <TaskList
          model={model}
          match={match}
          now={clock()}
          linkTo={(index) => linkTo(timeline.ids[index] ?? "", timeline.labels[index] ?? "")}
        />
      ) : null}
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
        <Legend model={model} chosen={looks} onChoose={toggleLook} showCauses={view === "timeline"} />
        {view === "list" ? null : (
          <p className="hidden items-center gap-x-3 gap-y-1 py-1 text-xs text-muted xl:flex">
            {KEY_HELP.map(([keys, what]) => (
              <span key={keys} className="inline-flex items-center gap-1">
                <Kbd>{keys}</Kbd> {what}
              </span>
            ))}
          </p>
        )}
      </div>
    </div>
  );
}

/** A clock that goes on from what the server's said; in milliseconds after the run's origin. */
function useClock(now: number): () => number {
  return useMemo(() => {
    const since = performance.now();
    return () => now + performance.now() - since;
  }, [now]);
}

function useFullscreen(box: React.RefObject<HTMLElement | null>): [boolean, (on: boolean) => void] {
  const [is, setIs] = useState(false);
  useEffect(() => {
    const follow = () =>
      setIs(document.fullscreenElement !== null && document.fullscreenElement === box.current);
    document.addEventListener("fullscreenchange", follow);
    return () => document.removeEventListener("fullscreenchange", follow);
  }, [box]);
  const change = (on: boolean) => {
    if (on) void box.current?.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) void document.exitFullscreen();
  };
  return [is, change];
}
