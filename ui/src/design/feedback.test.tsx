import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setPreference } from "@/lib/preferences";
import { ErrorState } from "./error-state";
import { JsonView } from "./json-view";
import { PageHeader } from "./page-header";
import { StateBadge } from "./state-badge";
import { stateColor, stateLabel } from "./states";
import { Duration, Time } from "./time";
import { Toaster, toast, toastError } from "./toast";

beforeEach(() => setPreference("zone", "utc"));
afterEach(() => {
  vi.useRealTimers();
});

test("states have words, and users' names stay as they are", () => {
  expect(stateLabel("SCHEDULED", "AwaitingConcurrencySlot")).toBe("Awaiting concurrency slot");
  expect(stateLabel("FAILED")).toBe("Failed");
  expect(stateLabel("COMPLETED", "Skipped by J. Doe")).toBe("Skipped by J. Doe");
  expect(stateLabel(null)).toBe("No state");
  expect(stateColor("SCHEDULED", "Late")).toBe("var(--state-late)");
  expect(stateColor("NEW_ONE")).toBe("var(--state-pending)");
  render(<StateBadge type="SCHEDULED" name="Late" />);
  expect(screen.getByText("Late")).toBeVisible();
});

test("an error is told with its hint and request id, and can be tried again", async () => {
  const retry = vi.fn();
  render(
    <ErrorState
      error={{ message: "No such run", hint: "Look in Runs", requestId: "0197" }}
      onRetry={retry}
    />,
  );
  expect(screen.getByRole("alert")).toHaveTextContent(/No such run.*Look in Runs.*0197/);
  await userEvent.click(screen.getByText("Retry"));
  expect(retry).toHaveBeenCalledOnce();
});

test("whatever is thrown can be told", () => {
  for (const error of ["text", undefined, 3, {}, new Error("boom")]) render(<ErrorState error={error} />);
  expect(screen.getAllByRole("alert")).toHaveLength(5);
  expect(screen.getByText("boom")).toBeVisible();
});

test("toasts go by themselves, errors stay, and undo takes back", () => {
  vi.useFakeTimers();
  render(<Toaster />);
  const undo = vi.fn();
  act(() => {
    toast({ title: "Paused", undo });
    toast({ title: "Saved" });
    toastError({ message: "Away" }, "Not saved");
  });
  act(() => vi.advanceTimersByTime(7000));
  expect(screen.queryByText("Saved")).toBeNull();
  act(() => screen.getByText("Undo").click());
  expect(undo).toHaveBeenCalledOnce();
  act(() => vi.advanceTimersByTime(60_000));
  expect(screen.queryByText("Paused")).toBeNull();
  expect(screen.getByText("Not saved")).toBeVisible();
});

test("times tick, follow the zone, and say when there is none", () => {
  vi.useFakeTimers({ now: Date.parse("2026-03-29T12:00:00Z") });
  render(
    <>
      <Time value="2026-03-29T11:59:50Z" />
      <Time value="2026-03-29T11:59:50Z" format="absolute" />
      <Time value={null} empty="never" />
      <Duration since="2026-03-29T11:59:00Z" />
    </>,
  );
  expect(screen.getByText("10 s ago")).toBeVisible();
  expect(screen.getByText("2026-03-29 11:59:50")).toBeVisible();
  expect(screen.getByText("never")).toBeVisible();
  act(() => vi.advanceTimersByTime(5000));
  expect(screen.getByText("15 s ago")).toBeVisible();
  expect(screen.getByText("1 min 5 s")).toBeVisible();
});

test("a page's heading names the document", () => {
  render(
    <PageHeader
      title="Runs"
      breadcrumb={[
        <a href="x" key="x">
          Home
        </a>,
      ]}
    />,
  );
  expect(document.title).toBe("Runs · Penstock");
  expect(screen.getByRole("heading", { level: 1, name: "Runs" })).toHaveAttribute("tabindex", "-1");
});

test("of a JSON value only what is open is in the document", async () => {
  const many = Array.from({ length: 5000 }, (_, n) => n);
  render(<JsonView value={{ env: { A: "1" }, deep: { deeper: { deepest: true } }, many }} depth={1} />);
  expect(screen.queryByText(/deepest/)).toBeNull();
  await userEvent.click(screen.getByText(/deep:/));
  await userEvent.click(screen.getByText(/deeper:/));
  expect(screen.getByText(/deepest/)).toBeVisible();
  await userEvent.click(screen.getByText(/many:/));
  expect(screen.getByText("… 4900 more")).toBeVisible();
});
