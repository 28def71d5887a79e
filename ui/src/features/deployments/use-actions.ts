import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { errorFacts } from "@/design/error-state";
import { toast, toastError } from "@/design/toast";
import { ApiError } from "@/lib/api";
import { quickRun, setPaused } from "./queries";

export interface Named {
  id: string;
  /** "flow/name". */
  full: string;
}

/** Runs it with what it says, and tells of the run. */
export function useQuickRun({ id, full }: Named): { run: () => Promise<void>; isBusy: boolean } {
  const [isBusy, setIsBusy] = useState(false);
  const navigate = useNavigate();
  const run = async () => {
    if (isBusy) return;
    setIsBusy(true);
    try {
      const made = await quickRun(id);
      const open = () => navigate({ to: "/runs/$id", params: { id: made.id } });
      toast({
        title: `Created the run ${made.name}`,
        detail: `of ${full}`,
        action: { label: "Open", run: open },
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 422) {
        toastError(error, `${full} was not run.`);
        return;
      }
      const fill = () => navigate({ to: "/deployments/$id/run", params: { id } });
      toast({
        title: `${full} can't be run with its defaults.`,
        detail: errorFacts(error).message,
        tone: "danger",
        action: { label: "Run…", run: fill },
      });
    } finally {
      setIsBusy(false);
    }
  };
  return { run, isBusy };
}

/** Pauses or resumes it; both can be taken back. `shown` is what it is to be while the server is asked. */
export function usePause({ id, full }: Named, paused: boolean) {
  const [wanted, setWanted] = useState<boolean>();
  const change = async (next: boolean) => {
    setWanted(next);
    try {
      await setPaused(id, next);
      toast({
        title: `${next ? "Paused" : "Resumed"} ${full}`,
        detail: next ? "Runs that were scheduled are gone; resuming plans them anew." : undefined,
        undo: () => setPaused(id, !next),
      });
    } catch (error) {
      toastError(error, `${full} was not ${next ? "paused" : "resumed"}.`);
    } finally {
      setWanted(undefined);
    }
  };
  return { shown: wanted ?? paused, change };
}
