import { PageHeader } from "@/design/page-header";

export default function VariablesPage() {
  return <PageHeader title="Variables" />;
}
