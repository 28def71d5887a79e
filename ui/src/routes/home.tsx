import { PageHeader } from "@/design/page-header";

export default function HomePage() {
  return <PageHeader title="Home" />;
}
