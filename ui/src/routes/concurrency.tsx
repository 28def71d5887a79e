import { PageHeader } from "@/design/page-header";

export default function ConcurrencyPage() {
  return <PageHeader title="Concurrency" />;
}
