import { useNavigate } from "@tanstack/react-router";
import { Ellipsis, Link2, Pause, Play, SlidersHorizontal, Terminal, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { copyWithToast } from "@/design/copy-with-toast";
import { LinkButton, TextLink } from "@/design/link";
import { Menu } from "@/design/menu";
import { PageHeader } from "@/design/page-header";
import { useKeys } from "@/lib/keys";
import { DeleteDialog } from "../delete-dialog";
import { fullName, runCommand, standing } from "../names";
import type { DeploymentRow } from "../queries";
import { StandingBadge } from "../standing-badge";
import { usePause, useQuickRun } from "../use-actions";

/** What the deployment is called, how it stands, and what can be done with it. */
export function DeploymentHeader({ row }: { row: DeploymentRow }) {
  const full = fullName(row);
  const named = { id: row.id, full };
  const { run, isBusy } = useQuickRun(named);
  const { shown: paused, change } = usePause(named, row.paused);
  const [isDeleting, setIsDeleting] = useState(false);
  const navigate = useNavigate();
  const custom = () => navigate({ to: "/deployments/$id/run", params: { id: row.id } });
  useKeys("Deployment", [
    { keys: "r", label: "Run with changes…", run: () => void custom() },
    { keys: "shift+r", label: "Run now with its defaults", run: () => void run() },
  ]);
  return (
    <>
      <PageHeader
        title={row.name}
        documentTitle={full}
        breadcrumb={[
          <TextLink key="all" quiet to="/deployments">
            Deployments
          </TextLink>,
          <TextLink key="flow" quiet to="/flows/$id" params={{ id: row.flow_id }}>
            {row.flow_name}
          </TextLink>,
        ]}
        badge={<StandingBadge {...standing({ ...row, paused })} />}
        meta={<Meta row={row} />}
        actions={
          <>
            <Button kind="primary" icon={Play} busy={isBusy} onClick={() => void run()}>
              Run
            </Button>
            <LinkButton icon={SlidersHorizontal} to="/deployments/$id/run" params={{ id: row.id }}>
              Run…
            </LinkButton>
            <Button icon={paused ? Play : Pause} onClick={() => void change(!paused)}>
              {paused ? "Resume" : "Pause"}
            </Button>
            <Menu
              label="More actions"
              trigger={<IconButton icon={Ellipsis} label="More actions" />}
              groups={[
                [
                  {
                    id: "command",
                    label: "Copy run command",
                    icon: Terminal,
                    onSelect: () => void copyWithToast(runCommand(full), "the command"),
                  },
                  {
                    id: "id",
                    label: "Copy id",
                    icon: Link2,
                    onSelect: () => void copyWithToast(row.id, "the id"),
                  },
                ],
                [
                  {
                    id: "delete",
                    label: "Delete…",
                    icon: Trash2,
                    danger: true,
                    onSelect: () => setIsDeleting(true),
                  },
                ],
              ]}
            />
          </>
        }
      />
      <DeleteDialog
        {...named}
        open={isDeleting}
        onOpenChange={setIsDeleting}
        onDeleted={() => navigate({ to: "/deployments" })}
      />
    </>
  );
}

function Meta({ row }: { row: DeploymentRow }) {
  const { work_pool_name: pool, work_queue_name: queue, version, tags } = row;
  return (
    <>
      {pool ? (
        <span>
          Pool{" "}
          <TextLink to="/work-pools/$name" params={{ name: pool }}>
            {pool}
          </TextLink>
          {queue && queue !== "default" ? ` / ${queue}` : ""}
        </span>
      ) : (
        <span>In no work pool</span>
      )}
      {version ? <span>Version {version}</span> : null}
      {tags.length > 0 ? (
        <span className="flex min-w-0 flex-wrap gap-1">
          {tags.map((tag) => (
            <Chip key={tag}>{tag}</Chip>
          ))}
        </span>
      ) : null}
    </>
  );
}
