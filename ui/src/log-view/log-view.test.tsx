import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import type { LogLine } from "./log-buffer";
import { choiceFrom } from "./log-state";
import { LogView } from "./log-view";
import type { LogSource } from "./source";

const MESSAGES = [
  "starting",
  "\u001b[31mred\u001b[0m alert",
  `Traceback:\n${Array.from({ length: 8 }, (_, n) => `  frame ${n}`).join("\n")}\nValueError: no`,
  "done",
];

function sourceOf(messages: readonly string[]): LogSource {
  const lines = messages.map(
    (message, n): LogLine => ({
      id: `id-${n}`,
      timestamp: new Date(Date.UTC(2026, 0, 5, 8, 0, n)).toISOString(),
      level: message.startsWith("Trace") ? 40 : 20,
      name: "flow",
      message,
      task_run_id: null,
    }),
  );
  return {
    window: async ({ position = 0, limit, filter }) => {
      const found = filter?.min_level ? lines.filter(({ level }) => level >= (filter.min_level ?? 0)) : lines;
      return {
        lines: found.slice(position, position + limit),
        position,
        total: found.length,
        task_names: {},
      };
    },
    hits: async (text) => ({
      positions: lines.flatMap(({ message }, n) => (message.includes(text) ? [n] : [])),
      complete: true,
    }),
    onMore: () => () => {},
  };
}

function Shown({ source, onRange = vi.fn() }: { source: LogSource; onRange?: () => void }) {
  const [choice, setChoice] = useState(choiceFrom({}));
  return (
    <LogView
      source={source}
      choice={choice}
      onChoice={setChoice}
      range={null}
      onRange={onRange}
      live={false}
    />
  );
}

test("lines are shown with colours, and traces are folded until they are opened", async () => {
  render(<Shown source={sourceOf(MESSAGES)} />);
  expect(await screen.findByText("red")).toHaveStyle({ color: "var(--danger)" });
  expect(screen.queryByText("frame 3")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "8 more lines" }));
  expect(screen.getByText("frame 3")).toBeVisible();
});

test("a search tells how many there are, and Enter goes from one to the next", async () => {
  render(<Shown source={sourceOf(["a boom", "b", "c boom"])} />);
  const field = screen.getByRole("searchbox", { name: "Search logs" });
  await userEvent.type(field, "boom");
  expect(await screen.findByText("2 matches")).toBeVisible();
  await userEvent.type(field, "{Enter}");
  expect(screen.getByText("1 of 2")).toBeVisible();
  await userEvent.type(field, "{Enter}");
  expect(screen.getByText("2 of 2")).toBeVisible();
});

test("Enter leads to the first match, also before it is found", async () => {
  const source = sourceOf(["a boom", "b", "c boom", "d bang"]);
  let answer = () => {};
  const hits: LogSource["hits"] = async (...asked) => {
    await new Promise<void>((done) => {
      answer = done;
    });
    return source.hits(...asked);
  };
  render(<Shown source={{ ...source, hits }} />);
  const field = screen.getByRole("searchbox", { name: "Search logs" });
  await userEvent.type(field, "boom{Enter}");
  expect(await screen.findByText("Searching…")).toBeVisible();
  await act(async () => answer());
  expect(await screen.findByText("1 of 2")).toBeVisible();
  await userEvent.clear(field);
  await userEvent.type(field, "bang{Enter}{Enter}");
  await act(async () => answer());
  expect(await screen.findByText("1 of 1")).toBeVisible();
});

test("the number of a line is its address", async () => {
  const onRange = vi.fn();
  render(<Shown source={sourceOf(MESSAGES)} onRange={onRange} />);
  await userEvent.click(await screen.findByRole("link", { name: "Line 2" }));
  expect(onRange).toHaveBeenCalledWith({ from: 2, to: 2 });
});

test("an empty log says how lines get there", async () => {
  render(<Shown source={sourceOf([])} />);
  expect(await screen.findByText("Nothing was logged")).toBeVisible();
});

test("a log that cannot be loaded offers another try", async () => {
  const source = sourceOf(MESSAGES);
  const window = vi.fn().mockRejectedValueOnce(new Error("away")).mockImplementation(source.window);
  render(<Shown source={{ ...source, window }} />);
  await userEvent.click(await screen.findByRole("button", { name: "Retry" }));
  expect(await screen.findByText("starting")).toBeVisible();
});

test("lines are counted by kind only when somebody is about to choose by it", async () => {
  const onWantFacets = vi.fn();
  render(
    <LogView
      source={sourceOf(MESSAGES)}
      choice={choiceFrom({})}
      onChoice={vi.fn()}
      range={null}
      onRange={vi.fn()}
      live={false}
      onWantFacets={onWantFacets}
    />,
  );
  await userEvent.type(screen.getByRole("searchbox", { name: "Search logs" }), "boom");
  expect(onWantFacets).not.toHaveBeenCalled();
  await userEvent.hover(screen.getByRole("button", { name: /^Logger/ }));
  expect(onWantFacets).toHaveBeenCalled();
});
