import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { Tooltip } from "./tooltip";

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
});

const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

async function show() {
  const user = userEvent.setup({ advanceTimers: (ms) => vi.advanceTimersByTimeAsync(ms) });
  render(
    <>
      <Tooltip text="what it does">
        <button type="button">one</button>
      </Tooltip>
      <Tooltip text="what else">
        <button type="button" aria-disabled>
          two
        </button>
      </Tooltip>
      <p>elsewhere</p>
    </>,
  );
  const [one, two] = screen.getAllByRole("button") as [HTMLElement, HTMLElement];
  await wait(1000);
  return { user, one, two };
}

const shown = () => screen.queryByRole("tooltip")?.textContent ?? undefined;

test("it comes after a while, describes its element, may be read, and goes", async () => {
  const { user, one } = await show();
  await user.hover(one);
  expect(shown()).toBeUndefined();
  await wait(400);
  expect(shown()).toBe("what it does");
  expect(one).toHaveAccessibleDescription("what it does");
  await user.hover(screen.getByRole("tooltip"));
  await wait(1000);
  expect(shown()).toBe("what it does");
  await user.hover(screen.getByText("elsewhere"));
  await wait(200);
  expect(shown()).toBeUndefined();
  expect(one).not.toHaveAttribute("aria-describedby");
});

test("there is one at a time, and the next comes at once", async () => {
  const { user, one, two } = await show();
  await user.hover(one);
  await wait(400);
  await user.hover(two);
  await wait(1);
  expect(screen.getAllByRole("tooltip")).toHaveLength(1);
  expect(shown()).toBe("what else");
});

test("the keyboard's focus shows it, Escape hides it", async () => {
  const { user } = await show();
  await user.tab();
  await wait(1);
  expect(shown()).toBe("what it does");
  await user.keyboard("{Escape}");
  expect(shown()).toBeUndefined();
});

test("a press hides it, unless it says why nothing can be pressed", async () => {
  const { user, one, two } = await show();
  await user.hover(one);
  await wait(400);
  await user.click(one);
  expect(shown()).toBeUndefined();
  await user.click(two);
  await wait(1000);
  expect(shown()).toBe("what else");
});
