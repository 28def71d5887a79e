import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { RunGraph } from "./run-graph";
import { timelineOf } from "./sample";

const timeline = timelineOf([
  { task: "load", started: 0, ended: 3000 },
  { task: "send", started: 3000, ended: 3500, state: ["FAILED", "Failed"], attempts: 2 },
]);

function show(view: "timeline" | "list") {
  const onViewChange = vi.fn();
  render(
    <RunGraph
      timeline={timeline}
      label="Tasks of brisk-otter"
      view={view}
      onViewChange={onViewChange}
      selected={undefined}
      onSelect={vi.fn()}
      onOpen={vi.fn()}
      linkTo={(id, label) => <a href={`#${id}`}>{label}</a>}
    />,
  );
  return onViewChange;
}

test("the canvas has a name, keys and a way to the list", async () => {
  const onViewChange = show("timeline");
  const canvas = screen.getByTestId("timeline");
  expect(canvas).toHaveAccessibleName(/Tasks of brisk-otter: 2 task runs of 2 tasks/);
  expect(canvas).toHaveAttribute("tabindex", "0");
  await userEvent.click(screen.getByRole("button", { name: "List" }));
  expect(onViewChange).toHaveBeenCalledWith("list");
});

test("the list tells the same, and is filtered by name and state", async () => {
  show("list");
  const table = screen.getByRole("table", { name: "Task runs" });
  expect(within(table).getByRole("link", { name: "load-0" })).toBeVisible();
  expect(within(table).getByText("3 s")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: /Failed/ }));
  expect(within(table).queryByText("load-0")).toBeNull();
  expect(within(table).getByText("send-1")).toBeVisible();
});
