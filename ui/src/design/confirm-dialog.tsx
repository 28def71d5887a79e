import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { ErrorState } from "./error-state";
import { Field } from "./field";
import { TextField } from "./text-field";

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** What will happen, and what will not come back. */
  children?: ReactNode;
  /** A verb: "Delete 12 runs". */
  confirm: string;
  /** What has to be typed first; for what destroys much. */
  typed?: string | undefined;
  danger?: boolean | undefined;
  /** The dialog closes when it is done; an error is shown in it. */
  onConfirm: () => unknown;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return props.open ? <OpenConfirmDialog {...props} /> : null;
}

function OpenConfirmDialog({
  onOpenChange,
  title,
  children,
  confirm,
  typed,
  danger,
  onConfirm,
}: ConfirmDialogProps) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const missing = typed !== undefined && text.trim() !== typed;
  const submit = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => busy || onOpenChange(open)}
      title={title}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)} disabled={busy}>
            Cancel
          </Button>
          <Button
            kind={danger ? "danger" : "primary"}
            busy={busy}
            disabled={missing}
            form="confirm"
            type="submit"
          >
            {confirm}
          </Button>
        </>
      }
    >
      <form
        id="confirm"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!missing && !busy) void submit();
        }}
      >
        {children}
        {typed === undefined ? null : (
          <Field
            label={
              <>
                Type <code className="rounded bg-sunken px-1 font-mono select-all">{typed}</code> to confirm
              </>
            }
          >
            <TextField value={text} onChange={setText} autoComplete="off" />
          </Field>
        )}
        {error === undefined ? null : <ErrorState error={error} compact />}
      </form>
    </Dialog>
  );
}
