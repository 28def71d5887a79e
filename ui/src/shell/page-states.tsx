export function PageError({ error }: { error: unknown }) {
  return <p role="alert">{String(error)}</p>;
}
export function PagePending() {
  return <p>Loading…</p>;
}
