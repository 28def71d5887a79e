import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { EMPTY_MAP, printJson } from "@/lib/exact-json";
import { useDebounced } from "@/lib/use-debounced";
import { impactQuery, type Pool, type Problem, previewQuery } from "../queries";
import { unreadable } from "./draft";
import { isEmptyTemplate } from "./parts";
import { type Placed, placed } from "./problems";
import type { TemplateDraftState } from "./use-template-draft";

const TYPING_MS = 120;

/** What the server says of the draft while it is typed: what is wrong, and what saving it would change. */
export function useLint(pool: Pool, { draft, dirty }: TemplateDraftState) {
  const { document: template, base } = draft;
  const asked = useDebounced(template, TYPING_MS);
  const isOther = useMemo(() => printJson(asked) !== printJson(base), [asked, base]);
  const canAsk = dirty && isOther && unreadable(draft).length === 0 && !isEmptyTemplate(asked);
  // The errors of no layer at all are those of the template; asked first, as an impact of what is wrong is refused.
  const check = useQuery({ ...previewQuery(pool.name, asked, EMPTY_MAP), enabled: canAsk });
  const isChecked = canAsk && check.isSuccess && !check.isPlaceholderData;
  const errors = isChecked ? check.data.errors : NONE;
  const refused = errors.filter((each) => !isDoubt(each));
  const impact = useQuery(impactQuery(pool.name, asked, isChecked && refused.length === 0));
  const warnings = pool.job_variable_warnings;
  const problems = useMemo((): Placed[] => {
    // Unused variables are told by the table itself, at once.
    const saved = template === base && Array.isArray(warnings) ? warnings : [];
    return [
      ...errors.map((each) => placed(each, template, isDoubt(each) ? "warning" : "error")),
      ...saved.filter(({ rule }) => rule !== "unused").map((each) => placed(each, template, "warning")),
    ];
  }, [errors, warnings, template, base]);
  return {
    problems,
    impacts: canAsk && refused.length === 0 ? impact.data : undefined,
    isCurrent: asked === template && isChecked && !impact.isFetching && !impact.isPlaceholderData,
    /** It could not be asked; that is not what is wrong with the template. */
    failure: canAsk ? (check.error ?? impact.error ?? undefined) : undefined,
  };
}

const NONE: readonly Problem[] = [];

/** A broken reference in a default is saved all the same: a deployment may override it. */
const isDoubt = ({ rule, path }: Problem): boolean =>
  rule === "placeholder" && !path.startsWith("job_configuration");
