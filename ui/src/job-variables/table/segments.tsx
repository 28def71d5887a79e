import { cx } from "@/design/cx";

interface Segment<T extends string> {
  id: T;
  label: string;
  count?: number | undefined;
  tone?: "danger" | undefined;
}

/** One of a few, with counts; all in view. */
export function Segments<T extends string>({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  children: readonly Segment<T>[];
}) {
  return (
    <div
      role="group"
      aria-label={label}
      className="flex h-control w-fit rounded-md border border-line bg-sunken p-0.5"
    >
      {children.map((segment) => (
        <button
          key={segment.id}
          type="button"
          aria-pressed={segment.id === value}
          onClick={() => onChange(segment.id)}
          className={cx(
            "flex items-center gap-1.5 rounded px-2.5 text-sm whitespace-nowrap",
            segment.id === value
              ? "bg-raised font-medium text-text shadow-card"
              : "text-muted hover:text-text",
          )}
        >
          {segment.label}
          {segment.count === undefined || (segment.count === 0 && segment.id !== value) ? null : (
            <span
              className={cx(
                "rounded-full px-1.5 text-xs tabular-nums",
                segment.tone === "danger" ? "bg-danger-soft font-medium text-danger" : "bg-hover",
              )}
            >
              {segment.count}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
