import { PageHeader } from "@/design/page-header";

export default function DeploymentPage() {
  return <PageHeader title="Deployment" />;
}
