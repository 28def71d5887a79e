import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { App } from "@/app";
import { ApiError } from "@/lib/api";
import { queryClient } from "@/lib/query";
import { router } from "@/router";

class Silent extends EventTarget {
  close() {}
}

beforeEach(() => {
  vi.stubGlobal("EventSource", Silent);
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("fetch", async () =>
    Response.json({ code: "not_found", detail: "Nothing" }, { status: 404 }),
  );
});
afterEach(() => vi.unstubAllGlobals());

async function visit(href: string) {
  await act(() => router.navigate({ href }));
}

test.each([
  ["/dashboard", "/"],
  ["/flow-runs?state=FAILED", "/runs?state=FAILED"],
  ["/runs/flow-run/a1?tab=Logs", "/runs/a1?tab=Logs"],
  ["/flow-runs/flow-run/a1", "/runs/a1"],
  ["/deployments/deployment/a1", "/deployments/a1"],
  ["/flows/flow/a1", "/flows/a1"],
  ["/work-pools/work-pool/k8s%20prod", "/work-pools/k8s%20prod"],
])("the reference's %s leads to %s", async (from, to) => {
  render(<App />);
  await visit(from);
  expect(router.state.location.href).toBe(to);
});

test("an unknown address offers to search for it", async () => {
  render(<App />);
  await visit("/no/such-thing");
  await userEvent.click(await screen.findByRole("button", { name: "Search for it" }));
  expect(await screen.findByRole("combobox", { name: "Search or go to" })).toHaveValue("such-thing");
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("combobox", { name: "Search or go to" })).toBeNull();
});

test("whoever is not signed in is asked to, and comes back", async () => {
  render(<App />);
  await visit("/variables?q=region");
  await act(async () => {
    await queryClient
      .fetchQuery({
        queryKey: ["test"],
        queryFn: () => {
          throw new ApiError("Who is asking?", { status: 401, code: "unauthenticated" });
        },
      })
      .catch(() => {});
  });
  const field = await screen.findByLabelText(/Credential/);
  expect(router.state.location.search).toEqual({ next: "/variables?q=region" });
  vi.stubGlobal("fetch", async () => new Response(null, { status: 204 }));
  await userEvent.type(field, "ada:secret{Enter}");
  await vi.waitFor(() => expect(router.state.location.href).toBe("/variables?q=region"));
});

test("signing in never leads elsewhere", async () => {
  render(<App />);
  await visit("/sign-in?next=//evil.example/x");
  vi.stubGlobal("fetch", async () => new Response(null, { status: 204 }));
  await userEvent.type(await screen.findByLabelText(/Credential/), "ada:secret{Enter}");
  await vi.waitFor(() => expect(router.state.location.href).toBe("/"));
});

test("keys go to pages, and ? shows them", async () => {
  render(<App />);
  await visit("/settings");
  await userEvent.keyboard("gw");
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/workers"));
  await userEvent.keyboard("?");
  expect(await screen.findByRole("dialog", { name: "Keys" })).toHaveTextContent(/Go to.*Workers/);
});
