import { Banner } from "@/design/banner";
import { Provenance } from "./layer-mark";
import type { RowProblem } from "./model";

/** What is wrong or doubtful and belongs to no row of a table. */
export function ProblemList({ problems }: { problems: readonly RowProblem[] }) {
  if (!problems.length) return null;
  const isError = problems.some(({ severity }) => severity === "error");
  return (
    <Banner tone={isError ? "danger" : "warning"}>
      <ul className="flex flex-col gap-0.5">
        {problems.map((problem) => (
          <li key={`${problem.path}${problem.rule}${problem.message}`} className="text-sm break-words">
            {problem.path ? <code className="mr-1 font-mono font-medium">{problem.path}</code> : null}
            {problem.message} {problem.hint}{" "}
            <Provenance layer={problem.layer ?? undefined} className="ml-1" />
          </li>
        ))}
      </ul>
    </Banner>
  );
}
