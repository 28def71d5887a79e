import { ChevronRight } from "lucide-react";
import type { CSSProperties, Ref } from "react";
import { cx } from "@/design/cx";
import { plural } from "@/lib/format";
import type { Line } from "../filters";

export interface FixedHeadingProps {
  line: Extract<Line, { kind: "fixed-heading" }>;
  index: number;
  style: CSSProperties;
  ref: Ref<HTMLDivElement>;
  active: boolean;
  onPoint: () => void;
  onToggle: () => void;
}

/** Above what the pool writes into `job_configuration` and nobody overrides. */
export function FixedHeading({ line, index, style, ref, active, onPoint, onToggle }: FixedHeadingProps) {
  return (
    <div
      role="row"
      tabIndex={-1}
      ref={ref}
      data-index={index}
      style={style}
      aria-level={1}
      aria-expanded={line.expanded}
      aria-rowindex={index + 2}
      className="absolute inset-x-0 border-b border-line bg-bg hover:bg-hover"
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys */}
      <div
        role="gridcell"
        tabIndex={active ? 0 : -1}
        data-active={active || undefined}
        onFocus={onPoint}
        onClick={onToggle}
        className="flex min-h-9 cursor-pointer items-center gap-1.5 px-2.5 py-1 focus-visible:outline-offset-[-2px]"
      >
        <ChevronRight
          aria-hidden
          className={cx("size-4 shrink-0 text-muted transition-transform", line.expanded && "rotate-90")}
        />
        <span className="text-sm font-medium">Fixed by the pool</span>
        <span className="truncate text-sm text-muted">
          {plural(line.count, "literal")} of its job configuration, which nobody overrides
        </span>
      </div>
    </div>
  );
}
