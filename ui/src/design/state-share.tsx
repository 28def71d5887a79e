import { count, plural } from "@/lib/format";
import { stacked } from "./state-histogram/model";
import { stateColor, stateLabel } from "./states";
import { Tooltip } from "./tooltip";

export interface StateShareProps {
  /** How many of each type of state. */
  counts: Readonly<Record<string, number>>;
  noun?: string | undefined;
}

/** How many runs there are, and a bar with the share of each state; the numbers are told on hover and focus. */
export function StateShare({ counts, noun = "run" }: StateShareProps) {
  const parts = stacked(Object.entries(counts).map(([type, value]) => ({ type, counts: [value] })))
    .map(({ type, counts: [value = 0] }) => ({ type, value }))
    .filter(({ value }) => value > 0);
  const sum = parts.reduce((all, { value }) => all + value, 0);
  if (sum === 0) return <span className="text-muted">–</span>;
  const said = parts.map(({ type, value }) => `${count(value)} ${stateLabel(type).toLowerCase()}`).join(", ");
  return (
    <Tooltip text={said}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the numbers are told in its tooltip */}
      <span tabIndex={0} className="flex min-w-0 items-center gap-2 rounded-sm">
        <span className="w-10 shrink-0 text-right text-sm tabular-nums">{count(sum)}</span>
        <span
          role="img"
          aria-label={`${plural(sum, noun)}: ${said}`}
          className="flex h-2.5 min-w-0 grow gap-px overflow-hidden rounded-xs"
        >
          {parts.map(({ type, value }) => (
            <span
              key={type}
              style={{ flexGrow: value, background: stateColor(type) }}
              className="min-w-0.5 basis-0"
            />
          ))}
        </span>
      </span>
    </Tooltip>
  );
}
