export default function FlowPage() {
  return <h1>Flow</h1>;
}
