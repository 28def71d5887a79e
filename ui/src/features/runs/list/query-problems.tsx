import { CircleAlert } from "lucide-react";
import { Button } from "@/design/button";
import type { Problem } from "./query/parse";

/** Which words are not understood, why, and what may have been meant. */
export function QueryProblems({
  id,
  problems,
  onReplace,
}: {
  id: string;
  problems: readonly Problem[];
  onReplace: (problem: Problem) => void;
}) {
  return (
    <div id={id} role="alert" className="mt-1.5 text-left text-sm text-danger">
      <ul className="flex flex-col gap-1">
        {problems.map((problem) => (
          <li key={`${problem.start} ${problem.text}`} className="flex items-start gap-2">
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0 break-words">
              <code className="rounded-sm bg-danger-soft px-1 font-mono">{problem.text}</code>{" "}
              {problem.message}
              {problem.instead === undefined ? null : (
                <Button size="small" kind="ghost" onClick={() => onReplace(problem)}>
                  Use <code className="font-mono">{problem.instead}</code>
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
