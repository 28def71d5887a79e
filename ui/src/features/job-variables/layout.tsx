import type { ReactNode } from "react";

/** A table, and beside it, where there is room, what comes of it. */
export function TableWithPanel({ children, panel }: { children: ReactNode; panel: ReactNode }) {
  if (!panel) return <div className="flex min-w-0 flex-col gap-4">{children}</div>;
  return (
    <div className="@container min-w-0">
      <div className="grid min-w-0 grid-cols-1 items-start gap-4 @6xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="flex min-w-0 flex-col gap-4">{children}</div>
        <div className="min-w-0 @6xl:sticky @6xl:top-4">{panel}</div>
      </div>
    </div>
  );
}
