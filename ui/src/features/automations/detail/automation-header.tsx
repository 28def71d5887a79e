import { Copy, CopyPlus, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { Banner } from "@/design/banner";
import { Button, IconButton } from "@/design/button";
import { Chip } from "@/design/chip";
import { copyWithToast } from "@/design/copy-with-toast";
import { LinkButton, TextLink } from "@/design/link";
import { Menu } from "@/design/menu";
import { PageHeader } from "@/design/page-header";
import { Switch } from "@/design/switch";
import type { Automation } from "../queries";
import { type NameOf, sentenceOf } from "../words";

interface AutomationHeaderProps {
  automation: Automation;
  nameOf: NameOf;
  onEnable: (enabled: boolean) => void;
  onDuplicate: () => void;
  onDelete: () => void;
}

/** What an automation does, and what can be done to it. */
export function AutomationHeader(props: AutomationHeaderProps) {
  const { automation, nameOf, onEnable, onDuplicate, onDelete } = props;
  const { id, name, description, tags, stopped } = automation;
  return (
    <>
      <PageHeader
        title={name}
        breadcrumb={[
          <TextLink key="all" quiet to="/automations">
            Automations
          </TextLink>,
        ]}
        badge={tags.map((tag) => <Chip key={tag}>{tag}</Chip>)}
        meta={
          <>
            <span className="basis-full text-text">{sentenceOf(automation, nameOf)}</span>
            {description ? <span className="basis-full">{description}</span> : null}
          </>
        }
        actions={
          <>
            <Switch label="Switched on" checked={automation.enabled} onChange={onEnable} />
            <LinkButton icon={Pencil} to="/automations/$id/edit" params={{ id }}>
              Edit
            </LinkButton>
            <Menu
              label={`Actions for ${name}`}
              trigger={<IconButton icon={Ellipsis} kind="secondary" label="More actions" />}
              groups={[
                [
                  { id: "duplicate", label: "Duplicate…", icon: CopyPlus, onSelect: onDuplicate },
                  {
                    id: "id",
                    label: "Copy id",
                    icon: Copy,
                    onSelect: () => void copyWithToast(id, "the id"),
                  },
                ],
                [{ id: "delete", label: "Delete…", icon: Trash2, danger: true, onSelect: onDelete }],
              ]}
            />
          </>
        }
      />
      {stopped ? (
        <Banner
          tone="danger"
          title="The server stopped this automation"
          actions={
            <Button size="small" onClick={() => onEnable(true)}>
              Switch on again
            </Button>
          }
        >
          {stopped}
        </Banner>
      ) : null}
    </>
  );
}
