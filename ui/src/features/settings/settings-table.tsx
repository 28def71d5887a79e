import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { Chip } from "@/design/chip";
import { CopyButton } from "@/design/copy-button";
import { DataTable } from "@/design/data-table/data-table";
import type { Column } from "@/design/data-table/types";
import { EmptyState } from "@/design/empty-state";
import { FilterBar } from "@/design/filter-bar";
import { Switch } from "@/design/switch";
import { SearchField } from "@/design/text-field";
import { flagOf, type Search, textOf } from "@/lib/search";
import { type EffectiveSetting, settingsQuery } from "./queries";
import { settingsThat, wordsFor } from "./words";

const COLUMNS: Column<EffectiveSetting>[] = [
  {
    id: "name",
    header: "Setting",
    required: true,
    sortable: true,
    minWidth: 300,
    value: (setting) => setting.name,
    cell: (setting) => (
      <span className="flex min-w-0 items-center gap-1">
        <code className="truncate font-mono text-sm" title={setting.name}>
          {setting.name}
        </code>
      </span>
    ),
  },
  {
    id: "value",
    header: "Value",
    minWidth: 200,
    value: (setting) => (setting.secret ? "" : wordsFor(setting.value)),
    cell: (setting) => <Value setting={setting} />,
  },
  {
    id: "origin",
    header: "Set by",
    minWidth: 180,
    sortable: true,
    value: (setting) => setting.origin,
    cell: (setting) =>
      setting.is_default ? (
        <span className="text-muted">default</span>
      ) : (
        <Chip tone="accent">
          <span className="truncate" title={setting.origin}>
            {setting.origin}
          </span>
        </Chip>
      ),
  },
  {
    id: "default",
    header: "Default",
    minWidth: 160,
    value: (setting) => wordsFor(setting.default),
    cell: (setting) => <Code text={wordsFor(setting.default)} quiet />,
  },
  {
    id: "variable",
    header: "Environment variable",
    minWidth: 380,
    value: (setting) => setting.variable,
    cell: (setting) => (
      <span className="flex min-w-0 items-center gap-1">
        <Code text={setting.variable} quiet />
        <CopyButton text={setting.variable} label={`Copy ${setting.variable}`} />
      </span>
    ),
  },
];

function Code({ text, quiet }: { text: string; quiet?: boolean }) {
  return (
    <code className={`truncate font-mono text-sm ${quiet ? "text-muted" : ""}`} title={text}>
      {text}
    </code>
  );
}

function Value({ setting }: { setting: EffectiveSetting }) {
  if (!setting.secret) return <Code text={wordsFor(setting.value)} quiet={setting.is_default} />;
  return (
    <Chip icon={Lock} tone={setting.is_set ? "success" : "neutral"}>
      {setting.is_set ? "set, never shown" : "not set"}
    </Chip>
  );
}

/** Every setting of the server, with who set it. `?q=` and `?changed=` narrow it down. */
export function SettingsTable() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(settingsQuery);
  const text = textOf(search, "q");
  const changed = flagOf(search, "changed");
  const set = (next: Search) =>
    void navigate({ to: ".", search: (before: Search) => ({ ...before, ...next }), replace: true });
  return (
    <DataTable
      id="settings"
      label="Settings of the server"
      noun="setting"
      columns={COLUMNS}
      rows={data && settingsThat(data, { text, changed })}
      rowId={(setting) => setting.name}
      error={error}
      onRetry={refetch}
      empty={
        <EmptyState
          compact
          title={changed ? "Nothing differs from its default." : "No setting is called so."}
        />
      }
      toolbar={
        <FilterBar>
          <SearchField label="Filter settings" value={text} onChange={(q) => set({ q })} />
          <Switch
            label="Only what is not the default"
            checked={changed}
            onChange={(on) => set({ changed: on })}
          />
        </FilterBar>
      }
    />
  );
}
