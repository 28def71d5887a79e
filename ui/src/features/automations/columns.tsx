import { CopyPlus, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { IconButton } from "@/design/button";
import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { Menu } from "@/design/menu";
import { Switch } from "@/design/switch";
import { Time } from "@/design/time";
import { count } from "@/lib/format";
import type { Automation, AutomationRow } from "./queries";
import { type NameOf, sentenceOf } from "./words";

interface Acts {
  nameOf: NameOf;
  enable: (automation: Automation, enabled: boolean) => unknown;
  remove: (automation: Automation) => void;
  edit: (id: string) => void;
  duplicate: (id: string) => void;
}

export function automationColumns({
  nameOf,
  enable,
  remove,
  edit,
  duplicate,
}: Acts): Column<AutomationRow>[] {
  return [
    {
      id: "name",
      header: "Automation",
      required: true,
      width: 220,
      wrap: true,
      value: ({ automation }) => automation.name,
      cell: ({ automation }) => (
        <TextLink quiet to="/automations/$id" params={{ id: automation.id }} className="break-words">
          {automation.name}
        </TextLink>
      ),
    },
    {
      id: "does",
      header: "What it does",
      minWidth: 300,
      wrap: true,
      value: ({ automation }) => sentenceOf(automation, nameOf),
      cell: ({ automation }) => <span className="break-words">{sentenceOf(automation, nameOf)}</span>,
    },
    {
      id: "enabled",
      header: "On",
      width: 70,
      value: ({ automation }) => automation.enabled,
      cell: ({ automation }) => (
        <Switch
          label={`${automation.name} is switched on`}
          hideLabel
          checked={automation.enabled}
          onChange={(enabled) => void enable(automation, enabled)}
        />
      ),
    },
    {
      id: "fired",
      header: "Last fired",
      width: 130,
      value: ({ last_fired }) => last_fired,
      cell: ({ last_fired }) => <Time value={last_fired} empty="never" />,
    },
    {
      id: "firings",
      header: "In 24 h",
      hint: "How often it fired in the last 24 hours",
      width: 90,
      align: "right",
      value: ({ firings_24h }) => firings_24h,
      cell: ({ firings_24h }) => <span className="tabular-nums">{count(firings_24h)}</span>,
    },
    {
      id: "error",
      header: "Last error",
      width: 260,
      wrap: true,
      value: ({ last_error, stopped }) => stopped ?? last_error,
      cell: ({ last_error, last_error_at, stopped }) =>
        stopped ? (
          <span className="text-danger">stopped by the server</span>
        ) : last_error ? (
          <span className="line-clamp-2 break-words text-danger" title={last_error}>
            {last_error} <Time value={last_error_at} className="text-muted" />
          </span>
        ) : (
          <span className="text-muted">none</span>
        ),
    },
    {
      id: "actions",
      header: "Actions",
      width: 80,
      align: "right",
      required: true,
      cell: ({ automation }) => (
        <Menu
          label={`Actions for ${automation.name}`}
          trigger={<IconButton icon={Ellipsis} size="small" label={`Actions for ${automation.name}`} />}
          groups={[
            [
              { id: "edit", label: "Edit", icon: Pencil, onSelect: () => edit(automation.id) },
              {
                id: "duplicate",
                label: "Duplicate…",
                icon: CopyPlus,
                onSelect: () => duplicate(automation.id),
              },
            ],
            [
              {
                id: "delete",
                label: "Delete…",
                icon: Trash2,
                danger: true,
                onSelect: () => remove(automation),
              },
            ],
          ]}
        />
      ),
    },
  ];
}
