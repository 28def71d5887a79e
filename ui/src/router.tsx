import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { startHome, startRun, startRuns } from "@/first-data";
import { parseSearch, type Search, stringifySearch } from "@/lib/search";
import { PageError, PagePending } from "@/shell/page-states";
import { Root } from "@/shell/root";

const validateSearch = (search: Record<string, unknown>): Search => search as Search;

const root = createRootRoute({
  component: Root,
  notFoundComponent: lazyRouteComponent(() => import("@/routes/not-found")),
});

const page = { getParentRoute: () => root, validateSearch } as const;

const home = createRoute({
  ...page,
  path: "/",
  loader: startHome,
  component: lazyRouteComponent(() => import("@/routes/home")),
});
const runs = createRoute({
  ...page,
  path: "/runs",
  loader: ({ location }) => startRuns(location.search),
  component: lazyRouteComponent(() => import("@/routes/runs")),
});
const compare = createRoute({
  ...page,
  path: "/runs/compare",
  component: lazyRouteComponent(() => import("@/routes/runs-compare")),
});
const run = createRoute({
  ...page,
  path: "/runs/$id",
  loader: ({ params, location, preload }) => startRun(params.id, location.search, location.hash, !preload),
  component: lazyRouteComponent(() => import("@/routes/run")),
});
const taskRun = createRoute({
  ...page,
  path: "/task-runs/$id",
  component: lazyRouteComponent(() => import("@/routes/task-run")),
});
const flows = createRoute({
  ...page,
  path: "/flows",
  component: lazyRouteComponent(() => import("@/routes/flows")),
});
const flow = createRoute({
  ...page,
  path: "/flows/$id",
  component: lazyRouteComponent(() => import("@/routes/flow")),
});
const deployments = createRoute({
  ...page,
  path: "/deployments",
  component: lazyRouteComponent(() => import("@/routes/deployments")),
});
const deployment = createRoute({
  ...page,
  path: "/deployments/$id",
  component: lazyRouteComponent(() => import("@/routes/deployment")),
});
const customRun = createRoute({
  ...page,
  path: "/deployments/$id/run",
  component: lazyRouteComponent(() => import("@/routes/deployment-run")),
});
const workPools = createRoute({
  ...page,
  path: "/work-pools",
  component: lazyRouteComponent(() => import("@/routes/work-pools")),
});
const newWorkPool = createRoute({
  ...page,
  path: "/work-pools/new",
  component: lazyRouteComponent(() => import("@/routes/work-pool-new")),
});
const workPool = createRoute({
  ...page,
  path: "/work-pools/$name",
  component: lazyRouteComponent(() => import("@/routes/work-pool")),
});
const workers = createRoute({
  ...page,
  path: "/workers",
  component: lazyRouteComponent(() => import("@/routes/workers")),
});
const variables = createRoute({
  ...page,
  path: "/variables",
  component: lazyRouteComponent(() => import("@/routes/variables")),
});
const concurrency = createRoute({
  ...page,
  path: "/concurrency",
  component: lazyRouteComponent(() => import("@/routes/concurrency")),
});
const events = createRoute({
  ...page,
  path: "/events",
  component: lazyRouteComponent(() => import("@/routes/events")),
});
const event = createRoute({
  ...page,
  path: "/events/$id",
  component: lazyRouteComponent(() => import("@/routes/event")),
});
const automations = createRoute({
  ...page,
  path: "/automations",
  component: lazyRouteComponent(() => import("@/routes/automations")),
});
const newAutomation = createRoute({
  ...page,
  path: "/automations/new",
  component: lazyRouteComponent(() => import("@/routes/automation-new")),
});
const automation = createRoute({
  ...page,
  path: "/automations/$id",
  component: lazyRouteComponent(() => import("@/routes/automation")),
});
const editAutomation = createRoute({
  ...page,
  path: "/automations/$id/edit",
  component: lazyRouteComponent(() => import("@/routes/automation-edit")),
});
const settings = createRoute({
  ...page,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/routes/settings")),
});
const signIn = createRoute({
  ...page,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("@/routes/sign-in")),
});

// Addresses that links in mails, chats and bookmarks have from the reference product.
const moved = [
  createRoute({
    ...page,
    path: "/dashboard",
    beforeLoad: () => {
      throw redirect({ to: "/", replace: true });
    },
  }),
  createRoute({
    ...page,
    path: "/flow-runs",
    beforeLoad: ({ search }) => {
      throw redirect({ to: "/runs", search, replace: true });
    },
  }),
  ...(["/runs/flow-run/$id", "/flow-runs/flow-run/$id"] as const).map((path) =>
    createRoute({
      ...page,
      path,
      beforeLoad: ({ params, search }) => {
        throw redirect({ to: "/runs/$id", params, search, replace: true });
      },
    }),
  ),
  createRoute({
    ...page,
    path: "/deployments/deployment/$id",
    beforeLoad: ({ params }) => {
      throw redirect({ to: "/deployments/$id", params, replace: true });
    },
  }),
  createRoute({
    ...page,
    path: "/automations/automation/$id",
    beforeLoad: ({ params }) => {
      throw redirect({ to: "/automations/$id", params, replace: true });
    },
  }),
  createRoute({
    ...page,
    path: "/flows/flow/$id",
    beforeLoad: ({ params }) => {
      throw redirect({ to: "/flows/$id", params, replace: true });
    },
  }),
  createRoute({
    ...page,
    path: "/work-pools/work-pool/$name",
    beforeLoad: ({ params }) => {
      throw redirect({ to: "/work-pools/$name", params, replace: true });
    },
  }),
];

const routeTree = root.addChildren([
  home,
  runs,
  compare,
  run,
  taskRun,
  flows,
  flow,
  deployments,
  deployment,
  customRun,
  workPools,
  newWorkPool,
  workPool,
  workers,
  variables,
  concurrency,
  events,
  event,
  automations,
  newAutomation,
  automation,
  editAutomation,
  settings,
  signIn,
  ...moved,
]);

export const router = createRouter({
  routeTree,
  // The page is served below any path; the server says which in <base href>.
  basepath: new URL(document.baseURI).pathname,
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: PageError,
  defaultPendingComponent: PagePending,
  defaultPendingMs: 150,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
