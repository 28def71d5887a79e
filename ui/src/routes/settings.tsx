import { PageHeader } from "@/design/page-header";

export default function SettingsPage() {
  return <PageHeader title="Settings" />;
}
