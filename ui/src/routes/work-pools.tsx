import { PageHeader } from "@/design/page-header";

export default function WorkPoolsPage() {
  return <PageHeader title="Work pools" />;
}
