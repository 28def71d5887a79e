import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queryClient, whenUnauthenticated } from "@/lib/query";
import { router } from "@/router";
import { ErrorBoundary } from "@/shell/error-boundary";

// The server wants to know who is asking: whoever it is comes back to where they are now.
whenUnauthenticated(() => {
  const { pathname, href } = router.state.location;
  if (pathname !== "/sign-in")
    void router.navigate({ to: "/sign-in", search: { next: href }, replace: true });
});

export function App() {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ErrorBoundary>
  );
}
