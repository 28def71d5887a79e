import { CircleAlert, TriangleAlert } from "lucide-react";
import { cx } from "@/design/cx";

export function ProblemText({
  severity,
  path,
  children,
}: {
  severity: "error" | "warning";
  path: string;
  children: string;
}) {
  const Icon = severity === "error" ? CircleAlert : TriangleAlert;
  return (
    <p
      className={cx(
        "flex items-start gap-1.5 text-sm",
        severity === "error" ? "text-danger" : "text-warning",
      )}
    >
      <Icon
        aria-label={severity === "error" ? "Error" : "Warning"}
        role="img"
        className="mt-0.75 size-3.5 shrink-0"
      />
      <span className="min-w-0 break-words">
        {path ? <code className="font-mono font-medium">{path} </code> : null}
        {children}
      </span>
    </p>
  );
}
