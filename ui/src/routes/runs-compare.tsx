import { PageHeader } from "@/design/page-header";

export default function CompareRunsPage() {
  return <PageHeader title="Compare runs" />;
}
