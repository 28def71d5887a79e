import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenForKeys } from "@/lib/keys";
import { renderWithRouter } from "@/test/render";
import { DataTable } from "./data-table";
import { toCsv } from "./export";
import { headState, ranged, toggled } from "./selection";
import { type Column, type DataTableProps, NOTHING_SELECTED, type Selection } from "./types";
import { compare } from "./use-table-model";

interface Run {
  id: string;
  name: string;
  size: number | null;
}
const COLUMNS: Column<Run>[] = [
  {
    id: "name",
    header: "Run",
    required: true,
    sortable: true,
    value: (run) => run.name,
    cell: (run) => <a href={`#${run.id}`}>{run.name}</a>,
  },
  {
    id: "size",
    header: "Size",
    sortable: true,
    firstDirection: "desc",
    value: (run) => run.size,
    cell: (run) => run.size,
  },
  { id: "extra", header: "Extra", hidden: true, cell: () => "more" },
];
const RUNS: Run[] = [
  { id: "a", name: "run-10", size: 3 },
  { id: "b", name: "run-9", size: null },
  { id: "c", name: "Run-1", size: 20 },
];

let last: Selection;
let stop: () => void;
beforeEach(() => {
  localStorage.clear();
  last = NOTHING_SELECTED;
  stop = listenForKeys();
});
afterEach(() => stop());

function Selecting(props: Partial<DataTableProps<Run>>) {
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  last = selection;
  return (
    <DataTable
      id="test"
      label="Runs"
      noun="run"
      columns={COLUMNS}
      rows={RUNS}
      rowId={(run) => run.id}
      selection={selection}
      onSelectionChange={setSelection}
      {...props}
    />
  );
}

const names = () => screen.getAllByRole("link").map((link) => link.textContent);
const boxes = () => screen.getAllByRole("checkbox", { name: /^Select (?!all)/ });

test("the browser sorts what is loaded: text as people do, nothing at the end", async () => {
  await renderWithRouter(<Selecting />);
  await userEvent.click(screen.getByRole("button", { name: "Run" }));
  expect(names()).toEqual(["Run-1", "run-9", "run-10"]);
  expect(screen.getByRole("columnheader", { name: "Run" })).toHaveAttribute("aria-sort", "ascending");
  await userEvent.click(screen.getByRole("button", { name: "Size" }));
  expect(names()).toEqual(["Run-1", "run-10", "run-9"]);
  await userEvent.click(screen.getByRole("button", { name: "Size" }));
  expect(names()).toEqual(["run-10", "Run-1", "run-9"]);
});

test("the server is asked to sort where it can", async () => {
  const onSort = vi.fn();
  await renderWithRouter(<Selecting sort={{ column: "size", direction: "desc" }} onSort={onSort} />);
  expect(names()).toEqual(["run-10", "run-9", "Run-1"]);
  await userEvent.click(screen.getByRole("button", { name: "Size" }));
  expect(onSort).toHaveBeenCalledWith({ column: "size", direction: "asc" });
});

test("rows are selected one by one, in a range, and all that match", async () => {
  await renderWithRouter(<Selecting total={500} hasMore />);
  await userEvent.click(boxes()[0] as HTMLElement);
  const user = userEvent.setup();
  await user.keyboard("{Shift>}");
  await user.click(boxes()[2] as HTMLElement);
  await user.keyboard("{/Shift}");
  expect([...last.ids]).toEqual(["a", "b", "c"]);
  expect(screen.getByText("3 runs selected")).toBeVisible();
  await userEvent.click(screen.getByText("Select all 500 that match"));
  expect(last.all).toBe(true);
  expect(screen.getByText("All 500 runs that match are selected")).toBeVisible();
  await userEvent.click(boxes()[1] as HTMLElement);
  expect(last).toEqual({ ids: new Set(["a", "c"]), all: false });
});

test("j, k, x and Enter", async () => {
  const followed = vi.fn();
  await renderWithRouter(<Selecting />);
  screen.getByText("run-9").addEventListener("click", (event) => {
    event.preventDefault();
    followed();
  });
  await userEvent.keyboard("jjjkx");
  expect([...last.ids]).toEqual(["b"]);
  expect(document.activeElement).toHaveAttribute("data-index", "1");
  await userEvent.keyboard("{Enter}");
  expect(followed).toHaveBeenCalledOnce();
});

test("columns are chosen and remembered", async () => {
  const { unmount } = await renderWithRouter(<Selecting />);
  expect(screen.queryByText("Extra")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Choose columns" }));
  expect(within(screen.getByRole("menu")).queryByText("Run")).toBeNull();
  await userEvent.click(screen.getByRole("menuitemcheckbox", { name: "Extra" }));
  await userEvent.keyboard("{Escape}");
  expect(screen.getByRole("columnheader", { name: "Extra" })).toBeVisible();
  unmount();
  await renderWithRouter(<Selecting />);
  expect(screen.getByRole("columnheader", { name: "Extra" })).toBeVisible();
});

test("loading, empty, failed and failed with old rows", async () => {
  const first = await renderWithRouter(<Selecting rows={undefined} />);
  expect(screen.getByRole("table")).toHaveAttribute("aria-busy", "true");
  first.unmount();
  const second = await renderWithRouter(<Selecting rows={[]} empty={<p>Nothing ran yet</p>} />);
  expect(screen.getByText("Nothing ran yet")).toBeVisible();
  second.unmount();
  const retry = vi.fn();
  const third = await renderWithRouter(
    <Selecting rows={undefined} error={{ message: "Away" }} onRetry={retry} />,
  );
  await userEvent.click(screen.getByText("Retry"));
  expect(retry).toHaveBeenCalledOnce();
  expect(screen.queryByRole("table")).toBeNull();
  third.unmount();
  await renderWithRouter(<Selecting error={{ message: "Away" }} />);
  expect(screen.getByText("What is shown may be old.")).toBeVisible();
  expect(names()).toHaveLength(3);
});

test("of many rows only some are in the document", async () => {
  const many = Array.from({ length: 5000 }, (_, n) => ({ id: `${n}`, name: `run-${n}`, size: n }));
  await renderWithRouter(<Selecting rows={many} />);
  expect(document.querySelectorAll("tbody *").length).toBeLessThan(1000);
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "5001");
});

test("an export holds what is shown, and no formulas", () => {
  const rows: Run[] = [
    { id: "a", name: '=HYPERLINK("x")', size: -3 },
    { id: "b", name: "a, b", size: null },
  ];
  expect(toCsv(COLUMNS, rows)).toBe('Run,Size\r\n"\'=HYPERLINK(""x"")",-3\r\n"a, b",\r\n');
});

test("selections as values", () => {
  const loaded = ["a", "b", "c"];
  expect(toggled({ ids: new Set(["a"]), all: false }, "a", loaded).ids.size).toBe(0);
  expect([...ranged({ ids: new Set(["a", "b", "c"]), all: false }, "a", "b", loaded).ids]).toEqual(["c"]);
  expect([...ranged(NOTHING_SELECTED, "gone", "b", loaded).ids]).toEqual(["b"]);
  expect(headState({ ids: new Set(["a"]), all: false }, loaded)).toBe("indeterminate");
  expect(headState({ ids: new Set(loaded), all: false }, loaded)).toBe(true);
  expect([compare(1, 2), compare(null, 1), compare("b", "a")].map(Math.sign)).toEqual([-1, 1, 1]);
});
