import { useQuery } from "@tanstack/react-query";
import { PageHeader } from "@/design/page-header";
import { versionQuery } from "@/features/settings/queries";
import { SettingsTable } from "@/features/settings/settings-table";

export default function SettingsPage() {
  const { data: version } = useQuery(versionQuery);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="Settings"
        meta={
          <>
            <span>
              What the server runs with, and where each value was found. It reads them when it starts.
            </span>
            {version ? <span>Penstock {version}, Apache License 2.0</span> : null}
          </>
        }
      />
      <SettingsTable />
    </div>
  );
}
