import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast, toastError } from "@/design/toast";
import { type Edit, inverse } from "@/job-variables/edits";
import type { JsonObject } from "@/job-variables/json";
import { plural } from "@/lib/format";
import { deploymentVariablesQuery, saveEdits } from "./queries";

export interface Save {
  edits: readonly Edit[];
  /** What the deployment says before it: what the undo goes back to. */
  before: JsonObject;
  /** As it was read; refused where somebody was faster. Left out for an undo. */
  seen?: string | undefined;
  /** What was done: "Promoted image". */
  done?: string | undefined;
}

/** Saves edits of a deployment's job variables, and offers to take them back. */
export function useSaveEdits(deploymentId: string) {
  const client = useQueryClient();
  const { queryKey } = deploymentVariablesQuery(deploymentId);
  const settle = () => client.invalidateQueries({ queryKey: ["deployments", deploymentId] });
  const undo = async ({ edits, before }: Save, seen: string) => {
    try {
      const answer = await saveEdits(deploymentId, inverse(before, edits), seen);
      client.setQueryData(queryKey, answer);
      toast({ title: "Taken back", tone: "success" });
      await settle();
    } catch (error) {
      toastError(error, "It could not be taken back.");
    }
  };
  return useMutation({
    mutationFn: ({ edits, seen }: Save) => saveEdits(deploymentId, edits, seen),
    onSuccess: (answer, save) => {
      client.setQueryData(queryKey, answer);
      toast({
        title: save.done ?? `Saved ${plural(save.edits.length, "job variable")}`,
        tone: "success",
        undo: () => undo(save, answer.updated),
      });
      void settle();
    },
  });
}
