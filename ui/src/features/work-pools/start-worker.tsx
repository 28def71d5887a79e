import { CircleCheck, LoaderCircle } from "lucide-react";
import { Banner } from "@/design/banner";
import { CodeBlock } from "@/design/code-block";
import { plural } from "@/lib/format";
import type { PoolRow } from "./queries";
import { workerCommand } from "./words";

export interface StartWorkerProps {
  pool: PoolRow;
  /** It was made just now: what comes of the worker is told too. */
  isNew: boolean;
  onDismiss: () => void;
}

/** The next step of a pool that no worker serves, and that it was done. */
export function StartWorker({ pool, isNew, onDismiss }: StartWorkerProps) {
  const { name, workers_online: online, workers_offline: offline } = pool;
  if (online > 0) {
    return isNew ? (
      <Banner
        tone="success"
        icon={CircleCheck}
        title={`${plural(online, "worker")} of ${name} ${online === 1 ? "is" : "are"} online.`}
        onDismiss={onDismiss}
      >
        Runs of deployments in this pool are picked up from now on.
      </Banner>
    ) : null;
  }
  if (!isNew && offline > 0) return null;
  return (
    <Banner icon={LoaderCircle} title="Start a worker" onDismiss={isNew ? onDismiss : undefined}>
      <p className="text-sm text-muted">
        In a terminal of its own, where the pool’s infrastructure can be reached. This page tells as soon as
        it is heard of.
      </p>
      <CodeBlock code={workerCommand(name)} command label="command" className="mt-2 max-w-xl" />
    </Banner>
  );
}
