import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useDebounced } from "@/job-variables/use-debounced";
import { problemsOf } from "../create/draft";
import { impactQuery, type Pool, type Problem } from "../queries";
import { unreadable } from "./draft";
import { isEmptyTemplate } from "./parts";
import { type Placed, placed } from "./problems";
import type { TemplateDraftState } from "./use-template-draft";

const TYPING_MS = 120;

/** What the server says of the draft while it is typed: what is wrong, and what saving it would change. */
export function useLint(pool: Pool, { draft, dirty }: TemplateDraftState) {
  const { document, base } = draft;
  const asked = useDebounced(document, TYPING_MS);
  const canAsk = dirty && unreadable(draft).length === 0 && !isEmptyTemplate(asked);
  const impact = useQuery(impactQuery(pool.name, asked, canAsk));
  const isCurrent = asked === document && !impact.isFetching;
  const refused = canAsk && impact.error && !impact.isFetching ? problemsOf(impact.error) : NONE;
  const warnings = pool.job_variable_warnings;
  const problems = useMemo((): Placed[] => {
    // Unused variables are told by the table itself, at once.
    const doubts = (Array.isArray(warnings) ? warnings : []).filter(
      (each: Problem) => each.rule !== "unused" && document === base,
    );
    return [
      ...refused.map((each) => placed(each as Problem, document)),
      ...doubts.map((each: Problem) => placed(each, document, "warning")),
    ];
  }, [refused, warnings, document, base]);
  return {
    problems,
    impacts: canAsk && !impact.error ? impact.data : undefined,
    isCurrent,
    /** It could not be asked; that is not what is wrong with the template. */
    failure: impact.error && !refused.length && canAsk ? impact.error : undefined,
  };
}

const NONE: ReturnType<typeof problemsOf> = [];
