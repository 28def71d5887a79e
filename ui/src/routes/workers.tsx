import { PageHeader } from "@/design/page-header";

export default function WorkersPage() {
  return <PageHeader title="Workers" />;
}
