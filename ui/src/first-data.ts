import { overviewQuery } from "@/features/overview/queries";
import { hasEnded } from "@/features/run/ended";
import { firstLinesQuery } from "@/features/run/logs/queries";
import { runDetailQuery, timelineQuery } from "@/features/run/queries";
import { firstRunsQuery } from "@/features/runs/list/first-page";
import { preferences } from "@/lib/preferences";
import { queryClient } from "@/lib/query";
import { type Search, textOf } from "@/lib/search";
import { choiceFrom, filterOf } from "@/log-view/log-state";

// What a page asks for first is asked for while its code is still on its way: the page finds the answer, or waits
// for it like for one of its own. Nothing waits here, and what fails is asked for again by the page, which tells.

/** Only what nobody asked for yet: whether an answer is still good, the page decides. */
const ONCE = { staleTime: Number.POSITIVE_INFINITY } as const;

export function startHome(): void {
  void queryClient.prefetchQuery({ ...overviewQuery, ...ONCE });
}

export function startRuns(search: Search): void {
  const query = firstRunsQuery(search, preferences.get().zone);
  if (query) void queryClient.prefetchInfiniteQuery({ ...query, ...ONCE });
}

/** With `isVisit` false it is only likely that somebody goes there. */
export function startRun(id: string, search: Search, hash: string, isVisit: boolean): void {
  const detail = { ...runDetailQuery(id), ...ONCE };
  void queryClient.prefetchQuery(detail);
  if (!isVisit) return;
  const tab = textOf(search, "tab");
  if (tab === "timeline") void queryClient.prefetchQuery({ ...timelineQuery(id), ...ONCE });
  const choice = choiceFrom(search);
  const isPlain = hash === "" && choice.line === undefined && filterOf(choice) === undefined;
  if (tab === "logs" && isPlain) void startLog(id, detail);
}

/** At which end a log opens hangs on whether the run goes on. */
async function startLog(id: string, detail: ReturnType<typeof runDetailQuery>): Promise<void> {
  await queryClient.prefetchQuery(detail);
  const known = queryClient.getQueryData(detail.queryKey);
  if (known) await queryClient.prefetchQuery(firstLinesQuery(id, !hasEnded(known.run.state_type)));
}
