import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { act, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { parseSearch, stringifySearch } from "@/lib/search";

/** Renders with a router at `path` (links lead anywhere and nowhere) and a fresh query client that asks once. */
export async function renderWithRouter(node: ReactNode, { path = "/" }: { path?: string } = {}) {
  const root = createRootRoute();
  const everywhere = createRoute({ getParentRoute: () => root, path: "$", component: () => node });
  const home = createRoute({ getParentRoute: () => root, path: "/", component: () => node });
  const history = createMemoryHistory({ initialEntries: [path] });
  const router = createRouter({
    routeTree: root.addChildren([home, everywhere]),
    history,
    parseSearch,
    stringifySearch,
  });
  await router.load();
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const view = render(
    <QueryClientProvider client={client}>
      {/* biome-ignore lint/suspicious/noExplicitAny: the registered router is the application's */}
      <RouterProvider router={router as any} />
    </QueryClientProvider>,
  );
  await act(async () => {});
  return { ...view, router, client };
}
