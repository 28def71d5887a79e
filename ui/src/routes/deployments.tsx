import { PageHeader } from "@/design/page-header";

export default function DeploymentsPage() {
  return <PageHeader title="Deployments" />;
}
