import { PageHeader } from "@/design/page-header";

export default function RunPage() {
  return <PageHeader title="Run" />;
}
