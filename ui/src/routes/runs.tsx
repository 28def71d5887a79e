import { PageHeader } from "@/design/page-header";

export default function RunsPage() {
  return <PageHeader title="Runs" />;
}
