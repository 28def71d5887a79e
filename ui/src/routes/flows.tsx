import { PageHeader } from "@/design/page-header";

export default function FlowsPage() {
  return <PageHeader title="Flows" />;
}
