import { Button } from "@/design/button";
import { Dialog } from "@/design/dialog";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { ProgressBar } from "@/design/progress-bar";
import { count, plural } from "@/lib/format";
import type { Job } from "./use-bulk";

/** How far it is, a way to stop it, and in the end what was done and what was refused, with the reasons. */
export function BulkProgress({ job, onClose }: { job: Job; onClose: () => void }) {
  const { action, progress, stop } = job;
  const { phase, done, refused, total, reasons, error } = progress;
  const isOver = phase === "done" || phase === "stopped" || phase === "failed";
  const seen = done + refused;
  const title = !isOver
    ? `${action.doing}…`
    : phase === "stopped"
      ? `Stopped: ${action.done(done)}`
      : action.done(done);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open && isOver) onClose();
      }}
      title={title}
      footer={
        isOver ? (
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <Button onClick={stop} busy={phase === "stopping"}>
            Stop
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-3">
        <ProgressBar value={seen} max={total ?? Math.max(seen * 1.5, 1)} label={action.doing} />
        <p role="status" className="tabular-nums">
          {count(done)} done{refused > 0 ? `, ${count(refused)} refused` : ""}
          {total === undefined ? "" : ` of ${count(Math.max(total, seen))}`}
          {phase === "stopped" && total !== undefined && total > seen
            ? `; ${plural(total - seen, "run")} not tried`
            : ""}
        </p>
        {reasons.length > 0 ? (
          <ul aria-label="Refused" className="flex max-h-64 flex-col gap-2 overflow-y-auto">
            {reasons.map((reason) => (
              <li key={reason.text} className="rounded-md border border-line px-3 py-2">
                <p className="break-words">
                  <span className="font-medium tabular-nums">{count(reason.count)} refused:</span>{" "}
                  {reason.text}
                </p>
                <p className="flex flex-wrap gap-x-3 text-sm">
                  {reason.examples.map((run) => (
                    <TextLink key={run.id} to="/runs/$id" params={{ id: run.id }}>
                      {run.name ?? run.id.slice(0, 8)}
                    </TextLink>
                  ))}
                  {reason.count > reason.examples.length ? (
                    <span className="text-muted">
                      and {count(reason.count - reason.examples.length)} more
                    </span>
                  ) : null}
                </p>
              </li>
            ))}
          </ul>
        ) : null}
        {phase === "failed" ? (
          <ErrorState error={error} title="It ended early; what is not told above was not tried." compact />
        ) : null}
      </div>
    </Dialog>
  );
}
