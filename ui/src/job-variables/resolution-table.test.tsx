import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useState } from "react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { applyEdits, type Edit } from "./edits";
import { DECLARATIONS, explanation, leaf, story } from "./fixtures";
import type { Explanation, JsonObject } from "./json";
import type { Row } from "./model";
import { ResolutionTable } from "./resolution-table";

// jsdom lays nothing out: what is in view is decided by these.
beforeEach(() => {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(800);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1200);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(37);
  Element.prototype.scrollTo = vi.fn() as never;
  Element.prototype.hasPointerCapture = () => false;
  Element.prototype.scrollIntoView = () => {};
});

const SAVED: JsonObject = {
  image: "acme/etl:42",
  env: { LOG_LEVEL: "DEBUG", DB_PASSWORD: "{{ penstock.secrets.db }}", OLD_FLAG: null },
  cpu_limit: 2,
  tolerations: ["gpu"],
  regoin: "eu",
};

function Harness({
  told = story(),
  onEdit,
  ...rest
}: {
  told?: Explanation;
  onEdit: (edits: Edit[]) => void;
  onPromote?: (rows: Row[]) => void;
  history?: (row: Row) => ReactNode;
}) {
  const [own, setOwn] = useState(SAVED);
  const edit = (edits: Edit[]) => {
    onEdit(edits);
    setOwn((before) => applyEdits(before, edits));
  };
  return (
    <ResolutionTable
      label="Job variables"
      explanation={told}
      declarations={DECLARATIONS}
      editing={{ layer: "deployment", variables: own, saved: SAVED, onEdit: edit }}
      {...rest}
    />
  );
}

function show(props: Partial<Parameters<typeof Harness>[0]> = {}) {
  const onEdit = vi.fn<(edits: Edit[]) => void>();
  render(<Harness onEdit={onEdit} {...props} />);
  return { onEdit, user: userEvent.setup(), last: () => onEdit.mock.lastCall?.[0] };
}

const rowOf = (id: string) => {
  const row = screen.getByRole("treegrid").querySelector<HTMLElement>(`[data-row="${id}"]`);
  if (!row) throw new Error(`no row ${id}`);
  return row;
};
const cellOf = (id: string, layer: string) => {
  const cell = rowOf(id).querySelector<HTMLElement>(`[data-column="${layer}"]`);
  if (!cell) throw new Error(`no cell ${layer} of ${id}`);
  return cell;
};

describe("what is shown", () => {
  test("says in words who won and what was overridden", () => {
    show();
    expect(rowOf("image")).toHaveTextContent("from deployment");
    expect(cellOf("image", "deployment")).toHaveTextContent("wins");
    expect(cellOf("image", "pool")).toHaveTextContent("overridden");
    expect(rowOf("env.LOG_LEVEL")).toHaveTextContent("from this run(cli)");
    expect(cellOf("env.OLD_FLAG", "deployment")).toHaveTextContent("unset");
    expect(rowOf("env.OLD_FLAG")).toHaveTextContent("(removed)");
    expect(cellOf("command", "deployment")).toHaveTextContent("locked");
  });
  test("no secret is text, and its name is", () => {
    show();
    expect(cellOf("env.DB_PASSWORD", "deployment")).toHaveTextContent("secret:db");
    expect(document.body).not.toHaveTextContent("penstock.secrets");
  });
  test("an error stands on its row, what belongs nowhere above", () => {
    show();
    expect(rowOf("cpu_limit")).toHaveTextContent("must be number");
    expect(screen.getByText(/and 3 more/)).toBeInTheDocument();
  });
  test("is a tree grid with one stop for Tab", () => {
    show();
    const grid = screen.getByRole("treegrid", { name: "Job variables" });
    expect(
      grid.querySelectorAll('[role="gridcell"][tabindex="0"], [role="rowheader"][tabindex="0"]'),
    ).toHaveLength(1);
    expect(rowOf("env")).toHaveAttribute("aria-expanded", "true");
    expect(rowOf("env.REGION")).toHaveAttribute("aria-level", "2");
  });
  test("of 500 keys only those in view are in the document", async () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      leaf(`env.KEY_${index}`, [["pool", String(index)]]),
    );
    const { user } = show({ told: explanation(many) });
    await user.click(within(rowOf("env")).getByRole("rowheader"));
    expect(Number(screen.getByRole("treegrid").getAttribute("aria-rowcount"))).toBeGreaterThan(500);
    expect(screen.getAllByRole("row").length).toBeLessThan(60);
  });
});

describe("by keyboard", () => {
  async function focusOn(user: ReturnType<typeof userEvent.setup>, id: string) {
    await user.click(within(rowOf(id)).getByRole("rowheader"));
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(cellOf(id, "deployment")).toHaveFocus();
  }

  test("a value is edited, and Enter keeps it", async () => {
    const { user, last } = show();
    await focusOn(user, "env.REGION");
    await user.keyboard("{F2}");
    expect(screen.getByRole("textbox", { name: "env.REGION, Deployment" })).toHaveFocus();
    await user.keyboard("us-east-1{Enter}");
    expect(last()).toEqual([{ path: ["env", "REGION"], value: "us-east-1" }]);
    expect(rowOf("env.REGION")).toHaveTextContent("from deployment");
    await vi.waitFor(() => expect(cellOf("env.REGION", "deployment")).toHaveFocus());
  });
  test("Escape takes back what was typed", async () => {
    const { user, last } = show();
    await focusOn(user, "env.LOG_LEVEL");
    await user.keyboard("{Enter}nonsense{Escape}");
    expect(last()).toEqual([{ path: ["env", "LOG_LEVEL"], value: "DEBUG" }]);
    expect(cellOf("env.LOG_LEVEL", "deployment")).toHaveTextContent("DEBUG");
  });
  test("Delete resets to what is inherited, Shift+Delete takes a key away", async () => {
    const { user, last } = show();
    await focusOn(user, "image");
    await user.keyboard("{Delete}");
    expect(last()).toEqual([{ path: ["image"] }]);
    expect(rowOf("image")).toHaveTextContent("from pool");
    await focusOn(user, "env.REGION");
    await user.keyboard("{Shift>}{Delete}{/Shift}");
    expect(last()).toEqual([{ path: ["env", "REGION"], value: null }]);
    expect(rowOf("env.REGION")).toHaveTextContent("(removed)");
  });
  test("a number is a number, and what is none is not taken", async () => {
    const { user, onEdit, last } = show();
    await focusOn(user, "cpu_limit");
    await user.keyboard("{F2}");
    await user.clear(screen.getByRole("textbox", { name: "cpu_limit, Deployment" }));
    onEdit.mockClear();
    await user.keyboard("x{Enter}");
    expect(onEdit).not.toHaveBeenCalled();
    expect(screen.getByRole("alert")).toHaveTextContent("no number");
    await user.keyboard("{Backspace}0.5{Enter}");
    expect(last()).toEqual([{ path: ["cpu_limit"], value: 0.5 }]);
  });
  test("text of the environment may become a number", async () => {
    const { user, last } = show();
    await focusOn(user, "env.REGION");
    await user.keyboard("{F2}42");
    await user.click(screen.getByRole("radio", { name: "Number" }));
    expect(last()).toEqual([{ path: ["env", "REGION"], value: 42 }]);
  });
  test("what is locked is not edited", async () => {
    const { user, onEdit } = show();
    await user.click(cellOf("command", "deployment"));
    expect(screen.queryByTestId("cell-editor")).not.toBeInTheDocument();
    expect(onEdit).not.toHaveBeenCalled();
  });
  test("groups close and open", async () => {
    const { user } = show();
    await user.click(within(rowOf("env")).getByRole("rowheader"));
    expect(rowOf("env")).toHaveAttribute("aria-expanded", "false");
    await user.keyboard("{ArrowRight}");
    expect(rowOf("env")).toHaveAttribute("aria-expanded", "true");
    await user.keyboard("{ArrowDown}");
    expect(within(rowOf("env.LOG_LEVEL")).getByRole("rowheader")).toHaveFocus();
  });
  test("what a run overrides is promoted", async () => {
    const onPromote = vi.fn<(rows: Row[]) => void>();
    const { user } = show({ onPromote });
    await user.click(within(rowOf("env.LOG_LEVEL")).getByRole("rowheader"));
    await user.keyboard("{End}{Enter}");
    await user.click(await screen.findByRole("menuitem", { name: /Promote/ }));
    await vi.waitFor(() =>
      expect(onPromote.mock.lastCall?.[0].map(({ id }) => id)).toEqual(["env.LOG_LEVEL"]),
    );
  });
});

describe("more than one value", () => {
  test("pasted lines are shown before they are set", async () => {
    const { user, last } = show();
    await user.click(screen.getByRole("button", { name: "Paste job variables" }));
    await user.click(screen.getByRole("textbox", { name: "Text" }));
    await user.paste("export REGION='us'\nLOG_LEVEL=DEBUG\nwhat is this\nNEW=1");
    expect(screen.getByRole("alert")).toHaveTextContent("Line 3");
    await user.click(screen.getByRole("button", { name: "Set 2 values" }));
    expect(last()).toEqual([
      { path: ["env", "REGION"], value: "us" },
      { path: ["env", "NEW"], value: "1" },
    ]);
  });
  test("a key is added", async () => {
    const { user, last } = show();
    await user.click(screen.getByRole("button", { name: "Add a job variable" }));
    await user.type(screen.getByRole("combobox", { name: "Name" }), "FRESH");
    await user.type(screen.getByRole("textbox", { name: "Value" }), "yes");
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Add" }));
    expect(last()).toEqual([{ path: ["env", "FRESH"], value: "yes" }]);
    expect(rowOf("env.FRESH")).toHaveTextContent("from deployment");
  });
});
