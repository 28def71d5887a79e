import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keySteps, listenForKeys, registerKeys, useKeys } from "./keys";

function Widget({ run }: { run: () => void }) {
  useKeys("Widget", [{ keys: "x", label: "Select", run }]);
  return null;
}

let stop: (() => void)[] = [];
beforeEach(() => {
  stop = [listenForKeys()];
});
afterEach(() => {
  for (const each of stop) each();
});
const bind = (keys: string) => {
  const run = vi.fn();
  stop.push(registerKeys("Test", [{ keys, label: keys, run }]));
  return run;
};

test("single keys, sequences and combinations", async () => {
  const [r, goRuns, palette, help] = [bind("r"), bind("g r"), bind("mod+k"), bind("?")];
  await userEvent.keyboard("r");
  expect(r).toHaveBeenCalledTimes(1);
  await userEvent.keyboard("gr");
  expect(goRuns).toHaveBeenCalledTimes(1);
  expect(r).toHaveBeenCalledTimes(1);
  await userEvent.keyboard("{Control>}k{/Control}");
  expect(palette).toHaveBeenCalledTimes(1);
  await userEvent.keyboard("{Shift>}?{/Shift}");
  expect(help).toHaveBeenCalledTimes(1);
});

test("what is typed into a field is text, but combinations work", async () => {
  const [j, palette] = [bind("j"), bind("mod+k")];
  const view = render(<input aria-label="name" />);
  await userEvent.type(view.getByLabelText("name"), "jj");
  expect(j).not.toHaveBeenCalled();
  await userEvent.keyboard("{Control>}k{/Control}");
  expect(palette).toHaveBeenCalledTimes(1);
});

test("Enter on a link is the link's", async () => {
  const enter = bind("Enter");
  const view = render(<button type="button">Go</button>);
  view.getByText("Go").focus();
  await userEvent.keyboard("{Enter}");
  expect(enter).not.toHaveBeenCalled();
});

test("what came last wins, and leaves with its component", async () => {
  const below = bind("x");
  const above = vi.fn();
  const view = render(<Widget run={above} />);
  await userEvent.keyboard("x");
  expect([above.mock.calls.length, below.mock.calls.length]).toEqual([1, 0]);
  view.unmount();
  await userEvent.keyboard("x");
  expect([above.mock.calls.length, below.mock.calls.length]).toEqual([1, 1]);
});

test("keys are shown as they are pressed", () => {
  expect(keySteps("g r")).toEqual([["g"], ["r"]]);
  expect(keySteps("mod+k")).toEqual([["Ctrl", "K"]]);
});
