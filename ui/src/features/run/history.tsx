import { EmptyState } from "@/design/empty-state";
import { StateBadge } from "@/design/state-badge";
import { stateColor } from "@/design/states";
import { Duration, Time } from "@/design/time";
import type { Schema } from "@/lib/api";
import { duration } from "@/lib/format";

export interface StateHistoryProps {
  entries: readonly Schema["StateEntry"][];
  /** When the last of them was over, where that is known and not part of the list. */
  until?: string | undefined;
}

/** Through which states a run went: when, for how long, by whom, and why. */
export function StateHistory({ entries, until }: StateHistoryProps) {
  if (entries.length === 0) return <EmptyState title="No state was recorded" compact />;
  return (
    <ol aria-label="States, oldest first" className="flex flex-col">
      {entries.map(({ state, actor }, at) => {
        const next = entries[at + 1]?.state.timestamp ?? until;
        const isEnd = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"].includes(state.type);
        return (
          <li key={state.id} className="grid grid-cols-[auto_1fr] gap-x-3">
            <span aria-hidden className="flex w-3 flex-col items-center">
              <span
                className="mt-1.5 size-2.5 shrink-0 rounded-full"
                style={{ background: stateColor(state.type, state.name) }}
              />
              {at < entries.length - 1 ? <span className="w-px grow bg-line-strong" /> : null}
            </span>
            <div className="min-w-0 pb-4">
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <StateBadge type={state.type} name={state.name} />
                <Time
                  value={state.timestamp}
                  format="absolute"
                  precision="millisecond"
                  className="text-sm tabular-nums"
                />
                {next || !isEnd ? (
                  <span className="text-sm text-muted">
                    for{" "}
                    {next ? (
                      duration((Date.parse(next) - Date.parse(state.timestamp)) / 1000)
                    ) : (
                      <Duration since={state.timestamp} />
                    )}
                  </span>
                ) : null}
                {actor ? <span className="text-sm text-muted">by {actor}</span> : null}
              </p>
              {state.message ? <p className="mt-1 break-words whitespace-pre-wrap">{state.message}</p> : null}
              {state.state_details?.scheduled_time && state.type === "SCHEDULED" ? (
                <p className="text-sm text-muted">
                  not before <Time value={state.state_details.scheduled_time} format="absolute" />
                </p>
              ) : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
