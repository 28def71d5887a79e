import { PageHeader } from "@/design/page-header";

export default function TaskRunPage() {
  return <PageHeader title="Task run" />;
}
