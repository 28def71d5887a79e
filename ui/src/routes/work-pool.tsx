import { PageHeader } from "@/design/page-header";

export default function WorkPoolPage() {
  return <PageHeader title="Work pool" />;
}
