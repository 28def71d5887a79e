import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { Button } from "./button";
import { Checkbox } from "./checkbox";
import { Combobox } from "./combobox";
import { ConfirmDialog } from "./confirm-dialog";
import { Field } from "./field";
import { Segmented } from "./segmented";
import { NumberField, SearchField, TextField } from "./text-field";

test("a field ties label, hint and error to its control", () => {
  render(
    <Field label="CPU" hint="In cores" error="must be a number" required>
      <TextField value="lots" onChange={() => {}} />
    </Field>,
  );
  const input = screen.getByLabelText(/CPU/);
  expect(input).toBeInvalid();
  expect(input).toHaveAccessibleDescription("must be a number In cores");
  expect(input).toHaveAttribute("aria-required", "true");
});

function Numbers({ report }: { report: (value: number | null) => void }) {
  const [value, setValue] = useState<number | null>(2);
  const change = (next: number | null) => {
    setValue(next);
    report(next);
  };
  return <NumberField aria-label="CPU" value={value} onChange={change} />;
}

test("a number field keeps what is typed until it is a number", async () => {
  const report = vi.fn();
  render(<Numbers report={report} />);
  const input = screen.getByLabelText("CPU");
  await userEvent.clear(input);
  expect(report).toHaveBeenLastCalledWith(null);
  await userEvent.type(input, "-");
  expect(input).toHaveValue("-");
  expect(input).toBeInvalid();
  await userEvent.type(input, "1.50");
  expect(input).toHaveValue("-1.50");
  expect(report).toHaveBeenLastCalledWith(-1.5);
});

test("a search is reported after a pause, at once on Enter, and cleared by Escape", async () => {
  const onChange = vi.fn();
  render(<SearchField label="Search runs" value="" onChange={onChange} delay={60_000} />);
  const input = screen.getByLabelText("Search runs");
  await userEvent.type(input, "etl");
  expect(onChange).not.toHaveBeenCalled();
  await userEvent.keyboard("{Enter}");
  expect(onChange).toHaveBeenLastCalledWith("etl");
  await userEvent.keyboard("{Escape}");
  expect(onChange).toHaveBeenLastCalledWith("");
  expect(input).toHaveValue("");
});

test("a busy button and one that may not be used do nothing and stay reachable", async () => {
  const onClick = vi.fn();
  render(
    <>
      <Button busy onClick={onClick}>
        Save
      </Button>
      <Button disabledReason="Your role may not" onClick={onClick}>
        Delete
      </Button>
    </>,
  );
  await userEvent.click(screen.getByText("Save"));
  await userEvent.click(screen.getByText("Delete"));
  expect(onClick).not.toHaveBeenCalled();
  expect(screen.getByText("Delete")).not.toHaveAttribute("disabled");
  expect(screen.getByText("Delete")).toHaveAttribute("aria-disabled", "true");
});

function Tags({ report }: { report: (value: string[]) => void }) {
  const [value, setValue] = useState<string[]>([]);
  const options = ["daily", "etl", "weekly"].map((each) => ({ value: each, label: each }));
  const change = (next: string[]) => {
    setValue(next);
    report(next);
  };
  return <Combobox label="Tags" multiple value={value} onChange={change} options={options} allowCustom />;
}

test("a combobox filters, chooses several by keyboard, and takes what is new", async () => {
  const report = vi.fn();
  render(<Tags report={report} />);
  await userEvent.click(screen.getByRole("button", { name: /Tags/ }));
  await userEvent.keyboard("ly");
  expect(
    within(screen.getByRole("listbox"))
      .getAllByRole("option")
      .map((each) => each.textContent),
  ).toEqual(["daily", "weekly", "Use “ly”"]);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(report).toHaveBeenLastCalledWith(["weekly"]);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(report).toHaveBeenLastCalledWith(["weekly", "ly"]);
});

test("a confirmation that has to be typed waits for it, and shows why it failed", async () => {
  const onConfirm = vi.fn().mockRejectedValueOnce({ message: "The pool is in use", requestId: "r-1" });
  const onOpenChange = vi.fn();
  render(
    <ConfirmDialog
      open
      onOpenChange={onOpenChange}
      title="Delete?"
      confirm="Delete pool"
      typed="k8s"
      onConfirm={onConfirm}
    />,
  );
  expect(screen.getByText("Delete pool")).toBeDisabled();
  await userEvent.type(screen.getByLabelText(/to confirm/), "k8s{Enter}");
  expect(await screen.findByText("The pool is in use")).toBeVisible();
  expect(screen.getByText("r-1")).toBeVisible();
  expect(onOpenChange).not.toHaveBeenCalled();
  await userEvent.click(screen.getByText("Delete pool"));
  expect(onConfirm).toHaveBeenCalledTimes(2);
  expect(onOpenChange).toHaveBeenLastCalledWith(false);
});

test("checkboxes and segments are named and can be used by keyboard", async () => {
  const [check, choose] = [vi.fn(), vi.fn()];
  render(
    <>
      <Checkbox checked="indeterminate" onChange={check} label="All" hint="Of this page" />
      <Segmented
        label="Mode"
        value="form"
        onChange={choose}
        options={[
          { value: "form", label: "Form" },
          { value: "json", label: "JSON" },
        ]}
      />
    </>,
  );
  const box = screen.getByRole("checkbox", { name: "All" });
  expect(box).toBePartiallyChecked();
  expect(box).toHaveAccessibleDescription("Of this page");
  box.focus();
  await userEvent.keyboard(" ");
  expect(check).toHaveBeenCalledWith(true);
  await userEvent.click(within(screen.getByRole("group", { name: "Mode" })).getByLabelText("JSON"));
  expect(choose).toHaveBeenCalledWith("json");
});
