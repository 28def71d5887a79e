import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import { explanation, leaf } from "./fixtures";
import { ImpactList } from "./impact-list";
import type { Explanation } from "./json";
import { EffectiveJob } from "./panel/effective-job";

const told = (region: string, more: Parameters<typeof explanation>[1] = {}): Explanation =>
  explanation([leaf("env.REGION", [["run", region]])], {
    job: {
      env: { REGION: region, API_TOKEN: "hunter2", DB: "{{ penstock.secrets.db }}" },
      command: "run --fast 'a b'",
    },
    ...more,
  });

describe("the effective job", () => {
  test("keeps the last good view while the next is on its way, and counts what it shows", () => {
    const first = told("eu");
    const { rerender } = render(<EffectiveJob explanation={first} />);
    const panel = screen.getByTestId("effective-job");
    expect(panel).toHaveAttribute("data-revision", "1");
    rerender(<EffectiveJob explanation={undefined} loading />);
    expect(panel).toHaveTextContent("REGION: eu");
    rerender(<EffectiveJob explanation={first} />);
    expect(panel).toHaveAttribute("data-revision", "1");
    rerender(<EffectiveJob explanation={told("us")} />);
    expect(panel).toHaveAttribute("data-revision", "2");
    expect(panel).toHaveTextContent("REGION: us");
  });
  test("shows no literal that sounds secret, and the command word by word", async () => {
    const user = userEvent.setup();
    render(<EffectiveJob explanation={told("eu")} />);
    await user.click(screen.getByRole("tab", { name: "Command & env" }));
    expect(screen.getByTestId("effective-job")).not.toHaveTextContent("hunter2");
    expect(screen.getByTestId("effective-job")).toHaveTextContent("secret:db");
    expect(screen.getByRole("group", { name: "command" })).toHaveTextContent("run --fast 'a b'");
  });
  test("errors lead to their row", async () => {
    const user = userEvent.setup();
    const onShowRow = vi.fn();
    const wrong = told("eu", { errors: [{ path: "cpu_limit", rule: "type", message: "must be number." }] });
    render(<EffectiveJob explanation={wrong} onShowRow={onShowRow} />);
    await user.click(screen.getByRole("button", { name: "cpu_limit" }));
    expect(onShowRow).toHaveBeenCalledWith("cpu_limit");
  });
  test("is held against a baseline", async () => {
    const user = userEvent.setup();
    const baselines = [{ id: "a", label: "Deployment defaults", job: told("eu").job }];
    render(<EffectiveJob explanation={told("us")} baselines={baselines} />);
    await user.click(screen.getByRole("tab", { name: "Diff" }));
    const row = within(screen.getByRole("table")).getByRole("row", { name: /env.REGION/ });
    expect(row).toHaveTextContent("eu");
    expect(row).toHaveTextContent("us");
  });
});

test("an impact says how many change, which stay, and errors first", () => {
  const one = { id: "1", name: "etl/a", changes: [], overrides: [], errors: [], launches_differently: false };
  const change = { path: "image", before: "a:1", after: "a:2" };
  render(
    <ImpactList
      total={12}
      impacts={[
        { ...one, id: "1", name: "etl/changed", changes: [change], launches_differently: true },
        { ...one, id: "2", name: "etl/keeps", overrides: ["image"] },
        {
          ...one,
          id: "3",
          name: "etl/broken",
          changes: [change],
          errors: [{ path: "image", rule: "pattern", message: "must match." }],
        },
      ]}
    />,
  );
  expect(screen.getByRole("alert")).toHaveTextContent(
    "12 deployments use this; 2 will change, 1 overrides it",
  );
  expect(screen.getByRole("alert")).toHaveTextContent("1 deployment would become invalid");
  const items = screen.getAllByRole("listitem");
  expect(items[0]).toHaveTextContent("etl/broken");
  expect(items[0]).toHaveTextContent("must match.");
});
