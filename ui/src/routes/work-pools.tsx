export default function WorkPoolsPage() {
  return <h1>Work pools</h1>;
}
