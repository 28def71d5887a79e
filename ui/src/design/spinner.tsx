import { LoaderCircle } from "lucide-react";
import { cx } from "./cx";

/** Says by motion that something is going on; what it is must be said in text beside it. */
export function Spinner({ className }: { className?: string | undefined }) {
  return <LoaderCircle aria-hidden className={cx("size-4 shrink-0 spin-slow", className)} />;
}
