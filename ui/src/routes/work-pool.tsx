export default function WorkPoolPage() {
  return <h1>Work pool</h1>;
}
