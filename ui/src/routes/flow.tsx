import { PageHeader } from "@/design/page-header";

export default function FlowPage() {
  return <PageHeader title="Flow" />;
}
