import { ScrollText, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/design/button";
import { EmptyState } from "@/design/empty-state";

interface NoLinesProps {
  isFiltered: boolean;
  live: boolean;
  empty: ReactNode;
  onClear: () => void;
}

/** Why there are no lines, and what to do about it. */
export function NoLines({ isFiltered, live, empty, onClear }: NoLinesProps) {
  if (isFiltered) {
    return (
      <EmptyState
        icon={SearchX}
        title="No line matches"
        action={<Button onClick={onClear}>Show all lines</Button>}
      />
    );
  }
  return (
    empty ?? (
      <EmptyState icon={ScrollText} title={live ? "Nothing has been logged yet" : "Nothing was logged"}>
        What <code className="font-mono">get_run_logger()</code> writes appears here, and what is printed
        where a flow or task has <code className="font-mono">log_prints=True</code>.
      </EmptyState>
    )
  );
}
