import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

/** What is doubtful about a value, or worth knowing, under its control. */
export function Doubt({ text, action }: { text: ReactNode; action?: ReactNode }) {
  if (!text) return null;
  return (
    <p role="status" className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-warning">
      <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
      <span className="min-w-0 break-words">{text}</span>
      {action}
    </p>
  );
}
