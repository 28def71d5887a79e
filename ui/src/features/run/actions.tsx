import { useNavigate } from "@tanstack/react-router";
import {
  Ellipsis,
  GitCompareArrows,
  Link2,
  OctagonX,
  Play,
  RotateCcw,
  StepForward,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/design/button";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { copyWithToast } from "@/design/copy-with-toast";
import { LinkButton } from "@/design/link";
import { Menu, type MenuItem } from "@/design/menu";
import { toast } from "@/design/toast";
import { plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { hasEnded } from "./ended";
import { type RunDetail, useCancelRun, useDeleteRun, useRetryRun } from "./queries";
import { ResumeDialog } from "./resume";

type Asked = "cancel" | "retry" | "resume" | "delete" | null;

/** What can be done with a run, by mouse and by the keys c and r: retry what has ended, resume what is paused. */
export function RunActions({ detail }: { detail: RunDetail }) {
  const { run, deployment, deployment_latest_success: success } = detail;
  const [asked, setAsked] = useState<Asked>(null);
  const navigate = useNavigate();
  const ended = hasEnded(run.state_type);
  const isCancelling = run.state_type === "CANCELLING";
  const isPaused = run.state_type === "PAUSED";
  const canRetry = ended && deployment !== null;
  useKeys("Run", [
    ...(ended || isCancelling
      ? []
      : [{ keys: "c", label: "Cancel this run", run: () => setAsked("cancel") }]),
    ...(canRetry ? [{ keys: "r", label: "Retry this run", run: () => setAsked("retry") }] : []),
    ...(isPaused ? [{ keys: "r", label: "Resume this run", run: () => setAsked("resume") }] : []),
  ]);
  const groups: MenuItem[][] = [
    [
      { id: "copy", label: "Copy id", icon: Link2, onSelect: () => void copyWithToast(run.id, "the id") },
      {
        id: "compare",
        label: success ? "Compare with the last success" : "Compare with another run",
        icon: GitCompareArrows,
        onSelect: () =>
          void navigate({ to: "/runs/compare", search: { a: run.id, ...(success ? { b: success } : {}) } }),
      },
    ],
    [{ id: "delete", label: "Delete", icon: Trash2, danger: true, onSelect: () => setAsked("delete") }],
  ];
  return (
    <>
      {isPaused ? (
        <Button kind="primary" icon={StepForward} onClick={() => setAsked("resume")}>
          Resume
        </Button>
      ) : null}
      {ended ? null : (
        <Button icon={OctagonX} disabled={isCancelling} onClick={() => setAsked("cancel")}>
          {isCancelling ? "Cancelling…" : "Cancel"}
        </Button>
      )}
      {ended ? (
        <Button
          icon={RotateCcw}
          {...(canRetry
            ? {}
            : {
                disabledReason:
                  "It has no deployment, so no worker would take it. Start its flow again, or see: penstock flow-run retry --help",
              })}
          onClick={() => setAsked("retry")}
        >
          Retry
        </Button>
      ) : null}
      {deployment ? (
        <LinkButton
          to="/deployments/$id/run"
          params={{ id: deployment.id }}
          search={{ from: run.id }}
          icon={Play}
          kind={ended ? "primary" : "secondary"}
        >
          Run again
        </LinkButton>
      ) : null}
      <Menu
        label="More actions"
        align="end"
        trigger={<IconButton icon={Ellipsis} label="More actions" />}
        groups={groups}
      />
      <Dialogs detail={detail} asked={asked} onClose={() => setAsked(null)} />
    </>
  );
}

interface DialogsProps {
  detail: RunDetail;
  asked: Asked;
  onClose: () => void;
}

function Dialogs({ detail, asked, onClose }: DialogsProps) {
  const { run } = detail;
  const navigate = useNavigate();
  const cancel = useCancelRun(run.id);
  const retry = useRetryRun(run.id);
  const remove = useDeleteRun(run.id);
  const onOpenChange = (open: boolean) => !open && onClose();
  return (
    <>
      <ConfirmDialog
        open={asked === "cancel"}
        onOpenChange={onOpenChange}
        title={`Cancel ${run.name}?`}
        confirm="Cancel the run"
        danger
        onConfirm={async () => {
          const state = await cancel.mutateAsync(undefined);
          toast({
            title:
              state?.type === "CANCELLED"
                ? "The run is cancelled; nothing of it had started."
                : "The run is being cancelled.",
          });
        }}
      >
        <CancelConsequences detail={detail} />
      </ConfirmDialog>
      <ResumeDialog detail={detail} open={asked === "resume"} onOpenChange={onOpenChange} />
      <ConfirmDialog
        open={asked === "retry"}
        onOpenChange={onOpenChange}
        title={`Retry ${run.name}?`}
        confirm="Retry the run"
        onConfirm={async () => {
          await retry.mutateAsync(undefined);
          toast({ title: "The run is scheduled again." });
        }}
      >
        <p>
          The same run starts once more, with its parameters and job variables as they are. Tasks with a
          result that was kept are not done again. What its infrastructure gets is resolved anew when a worker
          takes it.
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        open={asked === "delete"}
        onOpenChange={onOpenChange}
        title={`Delete ${run.name}?`}
        confirm="Delete the run"
        typed={run.name}
        danger
        onConfirm={async () => {
          await remove.mutateAsync(undefined);
          toast({ title: `Deleted ${run.name}.` });
          await navigate({ to: "/runs" });
        }}
      >
        <p>
          Its {plural(taskTotal(detail), "task run")}, {plural(detail.log_count, "log line")} and its history
          go with it. This cannot be undone.
        </p>
        {hasEnded(run.state_type) ? null : (
          <p>It has not ended: whoever runs it is not told to stop. Cancel it first.</p>
        )}
      </ConfirmDialog>
    </>
  );
}

export function taskTotal({ task_counts: counts }: RunDetail): number {
  return (counts ?? []).reduce((sum, each) => sum + each.count, 0);
}

function CancelConsequences({ detail }: { detail: RunDetail }) {
  const { run, task_counts: counts, holdings } = detail;
  if (run.state_type === "SCHEDULED")
    return <p>It has not started: it is cancelled at once, and nothing runs.</p>;
  const running = (counts ?? [])
    .filter(({ state_type }) => state_type === "RUNNING")
    .reduce((sum, each) => sum + each.count, 0);
  const holder = holdings?.find(({ kind }) => kind !== "slot")?.holder;
  return (
    <>
      <p>
        {holder ? <strong className="font-semibold">{holder}</strong> : "Whoever runs it"} is asked to end it.
        Its process may clean up; where it has not ended after its grace period it is killed.
      </p>
      {running > 0 ? (
        <p>
          {plural(running, "task run")} in progress {running === 1 ? "is" : "are"} interrupted.
        </p>
      ) : null}
      <p>What has completed stays as it is. Afterwards it can be retried.</p>
    </>
  );
}
