import { Card } from "@/design/card";
import { EmptyState } from "@/design/empty-state";
import { StateBadge } from "@/design/state-badge";
import { Duration, Time } from "@/design/time";
import type { Schema } from "@/lib/api";
import { duration } from "@/lib/format";
import { attemptsOf } from "./attempts";
import { StateHistory } from "./history";

/** The attempts of a task run, the last one first, each with its states. */
export function TaskAttempts({ history }: { history: readonly Schema["StateEntry"][] }) {
  const attempts = attemptsOf(history);
  if (attempts.length === 0) return <EmptyState title="No state was recorded" compact />;
  return (
    <div className="grid gap-4 lg:grid-cols-[repeat(auto-fit,minmax(26rem,1fr))]">
      {attempts.toReversed().map(({ number, entries, started, ended, outcome, waited }, at, all) => (
        <Card
          key={entries[0]?.state.id}
          title={number === 0 ? "Before it ran" : `Attempt ${number}`}
          actions={
            <span className="flex items-center gap-3 text-sm text-muted">
              {started ? ended ? duration(seconds(started, ended)) : <Duration since={started} /> : null}
              <StateBadge type={outcome.type} name={outcome.name} />
            </span>
          }
        >
          {started ? (
            <p className="mb-3 text-sm text-muted">
              Started <Time value={started} format="absolute" />
              {waited === null ? null : `, ${duration(waited)} after the attempt before had ended`}
            </p>
          ) : null}
          <StateHistory entries={entries} until={all[at - 1]?.entries[0]?.state.timestamp} />
        </Card>
      ))}
    </div>
  );
}

const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;
