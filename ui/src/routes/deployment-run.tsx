import { PageHeader } from "@/design/page-header";

export default function CustomRunPage() {
  return <PageHeader title="Run…" />;
}
