import { useNavigate } from "@tanstack/react-router";
import { Ellipsis, Link2, Trash2 } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { ConfirmDialog } from "@/design/confirm-dialog";
import { copyWithToast } from "@/design/copy-with-toast";
import { TextLink } from "@/design/link";
import { Menu } from "@/design/menu";
import { PageHeader } from "@/design/page-header";
import { Time } from "@/design/time";
import { toast } from "@/design/toast";
import { plural } from "@/lib/format";
import { deleteFlow, type FlowRow } from "./queries";

/** What the flow is called, and what can be done with it. */
export function FlowHeader({ row }: { row: FlowRow }) {
  const [isDeleting, setIsDeleting] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title={row.name}
        breadcrumb={[
          <TextLink key="all" quiet to="/flows">
            Flows
          </TextLink>,
        ]}
        meta={
          <>
            <span>{row.deployments ? plural(row.deployments, "deployment") : "Not deployed"}</span>
            <span>
              First seen <Time value={row.created} />
            </span>
            {row.tags.length ? (
              <span className="flex min-w-0 flex-wrap gap-1">
                {row.tags.map((tag) => (
                  <Chip key={tag}>{tag}</Chip>
                ))}
              </span>
            ) : null}
          </>
        }
        actions={
          <Menu
            label="Actions"
            trigger={<IconButton icon={Ellipsis} label="Actions" />}
            groups={[
              [
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
        }
      />
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title={`Delete ${row.name}?`}
        confirm="Delete the flow"
        typed={row.name}
        danger
        onConfirm={async () => {
          await navigate({ to: "/flows" });
          await deleteFlow(row.id);
          toast({ title: `Deleted ${row.name}` });
        }}
      >
        <p>
          {row.deployments ? `Its ${plural(row.deployments, "deployment")} and all` : "All"} its runs, with
          their task runs and logs, go with it. This cannot be undone.
        </p>
      </ConfirmDialog>
    </>
  );
}
