import { ChartGantt, List, Maximize2, Minimize2, Minus, Plus, Route, Scan, Workflow } from "lucide-react";
import { IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import { SearchField } from "@/design/text-field";

export type GraphView = "timeline" | "graph" | "list";

const VIEWS = [
  { id: "timeline", label: "Timeline", icon: ChartGantt },
  { id: "graph", label: "Graph", icon: Workflow },
  { id: "list", label: "List", icon: List },
] as const;

interface ToolbarProps {
  view: GraphView;
  onViewChange: (view: GraphView) => void;
  text: string;
  onText: (text: string) => void;
  critical: boolean;
  onCritical: () => void;
  onZoom: (factor: number) => void;
  onFit: () => void;
  fullscreen: boolean;
  onFullscreen: () => void;
}

export function Toolbar(props: ToolbarProps) {
  const { view, onViewChange, text, onText, critical, onCritical, onZoom, onFit, fullscreen, onFullscreen } =
    props;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <fieldset className="inline-flex rounded-md border border-line bg-sunken p-0.5">
        <legend className="sr-only">Layout</legend>
        {VIEWS.map(({ id, label, icon: Icon }) => (
          <button
            key={id}
            type="button"
            aria-pressed={view === id}
            onClick={() => onViewChange(id)}
            className={cx(
              "inline-flex h-7 items-center gap-1.5 rounded-sm px-2.5 text-sm font-medium",
              view === id ? "bg-raised text-text shadow-card" : "text-muted hover:text-text",
            )}
          >
            <Icon aria-hidden className="size-4" />
            {label}
          </button>
        ))}
      </fieldset>
      <SearchField label="Find a task" value={text} onChange={onText} className="min-w-36 grow sm:max-w-64" />
      {view === "list" ? null : (
        <div className="ml-auto flex items-center gap-0.5">
          <IconButton
            icon={Route}
            label="Critical path (p): what decided when the run ended"
            pressed={critical}
            size="small"
            onClick={onCritical}
          />
          <IconButton icon={Minus} label="Zoom out (-)" size="small" onClick={() => onZoom(1 / 1.5)} />
          <IconButton icon={Plus} label="Zoom in (+)" size="small" onClick={() => onZoom(1.5)} />
          <IconButton icon={Scan} label="Fit (0)" size="small" onClick={onFit} />
          <IconButton
            icon={fullscreen ? Minimize2 : Maximize2}
            label={fullscreen ? "Leave fullscreen (f)" : "Fullscreen (f)"}
            size="small"
            onClick={onFullscreen}
          />
        </div>
      )}
    </div>
  );
}
