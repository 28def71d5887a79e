import { PageHeader } from "@/design/page-header";

export default function NewWorkPoolPage() {
  return <PageHeader title="New work pool" />;
}
