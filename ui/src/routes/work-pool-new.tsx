export default function NewWorkPoolPage() {
  return <h1>New work pool</h1>;
}
