export default function CompareRunsPage() {
  return <h1>Compare runs</h1>;
}
