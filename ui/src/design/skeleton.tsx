import { cx } from "./cx";

/** A grey place of what is coming; as wide and high as that, so that nothing jumps. Busy, so that who waits for the page waits for it. */
export function Skeleton({ className }: { className?: string | undefined }) {
  return (
    <span
      aria-hidden
      aria-busy
      className={cx("pulse-soft block rounded-md bg-line", className ?? "h-4 w-full")}
    />
  );
}

/** A few lines of text that are coming. */
export function SkeletonLines({
  lines = 3,
  label = "Loading",
}: {
  lines?: number | undefined;
  label?: string | undefined;
}) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3 py-2">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={index} className={cx("h-4", ["w-11/12", "w-3/4", "w-5/6"][index % 3])} />
      ))}
    </div>
  );
}

/** A page that is coming: head, and a table under it. */
export function SkeletonPage() {
  return (
    <div role="status" aria-label="Loading page" className="flex flex-col gap-5">
      <Skeleton className="h-7 w-56" />
      <Skeleton className="h-control w-full max-w-xl" />
      <Skeleton className="h-72 w-full" />
    </div>
  );
}
