import { ConfirmDialog } from "@/design/confirm-dialog";
import { toast } from "@/design/toast";
import { deleteDeployment, forgetDeployment } from "./queries";
import type { Named } from "./use-actions";

interface DeleteDialogProps extends Named {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDeleted?: (() => unknown) | undefined;
}

export function DeleteDialog({ id, full, open, onOpenChange, onDeleted }: DeleteDialogProps) {
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Delete ${full}?`}
      confirm="Delete the deployment"
      typed={full}
      danger
      onConfirm={async () => {
        await deleteDeployment(id);
        // Its page goes before what is known of it does, or it would say that there is no such deployment.
        await onDeleted?.();
        await forgetDeployment(id);
        toast({ title: `Deleted ${full}` });
      }}
    >
      <p>
        Its schedules, its job variables and the runs that wait for them go with it. Runs that have begun
        stay, and so does the flow. It comes back when it is deployed again, under another id.
      </p>
    </ConfirmDialog>
  );
}
