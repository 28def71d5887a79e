import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Search } from "@/lib/search";
import { choiceFrom, choiceToSearch, rangeFrom, rangeToHash } from "@/log-view/log-state";
import { LogView } from "@/log-view/log-view";
import { logDownloadUrl, logFacetsQuery, useLogSource } from "./logs/queries";

interface LogsTabProps {
  flowRunId: string;
  /** More lines are to come. */
  live: boolean;
  origin: string | null | undefined;
  /** Only the lines of this task run. */
  taskRunId?: string | undefined;
}

/** The run's log; filter, search and the linked line are in the address. */
export function LogsTab({ flowRunId, live, origin, taskRunId }: LogsTabProps) {
  const search = useSearch({ strict: false }) as Search;
  const hash = useLocation({ select: (location) => location.hash });
  const navigate = useNavigate();
  const source = useLogSource(flowRunId);
  const within = useMemo(() => (taskRunId ? [taskRunId] : undefined), [taskRunId]);
  const [wantsFacets, setWantsFacets] = useState(false);
  const { data: facets } = useQuery({
    ...logFacetsQuery(flowRunId),
    enabled: taskRunId === undefined && wantsFacets,
  });
  return (
    <LogView
      source={source}
      choice={choiceFrom(search)}
      onChoice={(choice) =>
        void navigate({
          to: ".",
          search: (before: Search) => ({ ...before, ...choiceToSearch(choice) }),
          hash: "",
          replace: true,
          resetScroll: false,
        })
      }
      range={rangeFrom(hash)}
      onRange={(range) =>
        void navigate({
          to: ".",
          search: (before: Search) => ({ ...before, line: undefined }),
          hash: range ? rangeToHash(range) : "",
          replace: true,
          resetScroll: false,
        })
      }
      live={live}
      facets={facets}
      onWantFacets={() => setWantsFacets(true)}
      within={within}
      downloadUrl={taskRunId ? undefined : logDownloadUrl(flowRunId)}
      origin={origin ?? undefined}
    />
  );
}
