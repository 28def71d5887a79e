import type { ReactNode } from "react";
import { AttentionList } from "./attention-list";
import { Counts } from "./counts";
import { HealthStrip } from "./health-strip";
import { HistoryCard } from "./history-card";
import { PoolsCard } from "./pools-card";
import type { Overview, Span, Subject } from "./queries";
import { LastRuns, NextRuns } from "./runs-card";

export interface HomeProps {
  overview: Overview;
  span: Span;
  onSpan: (span: Span) => void;
  onWindow: (from: number, to: number) => void;
  linkTo: (subject: Subject, children: ReactNode) => ReactNode;
}

/** What needs somebody, what is under way, what comes next. */
export function Home({ overview, span, onSpan, onWindow, linkTo }: HomeProps) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <HealthStrip overview={overview} />
      <Counts overview={overview} />
      <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <AttentionList cases={overview.attention} count={overview.attention_count} linkTo={linkTo} />
          <HistoryCard span={span} onSpan={onSpan} onWindow={onWindow} />
        </div>
        <PoolsCard pools={overview.pools} />
      </div>
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
        <NextRuns runs={overview.next_runs} />
        <LastRuns runs={overview.last_runs} />
      </div>
    </div>
  );
}
