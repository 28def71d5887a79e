export default function TaskRunPage() {
  return <h1>Task run</h1>;
}
