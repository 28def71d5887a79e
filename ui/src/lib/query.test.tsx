import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { createQueryClient, isSameThing } from "./query";

test("keys of one thing are the same where the id is, keys of many where the noun is", () => {
  expect(isSameThing(["flow_runs", "a", "detail"], ["flow_runs", "a", "detail"])).toBe(true);
  expect(isSameThing(["flow_runs", "a", "tasks", "x"], ["flow_runs", "a", "tasks", "y"])).toBe(true);
  expect(isSameThing(["flow_runs", "a"], ["flow_runs", "b"])).toBe(false);
  expect(isSameThing(["flow_runs", { text: "a" }], ["flow_runs", { text: "b" }])).toBe(true);
  expect(isSameThing(["flow_runs", { text: "a" }], ["flow_runs", "b"])).toBe(false);
  expect(isSameThing(["flows", { text: "a" }], ["flow_runs", { text: "a" }])).toBe(false);
});

function Shown({ queryKey }: { queryKey: readonly unknown[] }) {
  const { data = "nothing" } = useQuery({
    queryKey,
    queryFn: () => (queryKey.includes("pending") ? new Promise<string>(() => {}) : "the answer"),
  });
  return <p>{data}</p>;
}

test("what was shown stays while the same is asked for in another way, and never stands in for another", async () => {
  const client = createQueryClient();
  const shown = (...queryKey: unknown[]) => (
    <QueryClientProvider client={client}>
      <Shown queryKey={queryKey} />
    </QueryClientProvider>
  );
  const { rerender } = render(shown("flow_runs", "a", "tasks"));
  await screen.findByText("the answer");
  rerender(shown("flow_runs", "a", "pending"));
  expect(screen.getByText("the answer")).toBeInTheDocument();
  rerender(shown("flow_runs", "b", "pending"));
  expect(screen.getByText("nothing")).toBeInTheDocument();
});
