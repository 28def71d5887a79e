export default function CustomRunPage() {
  return <h1>Run…</h1>;
}
