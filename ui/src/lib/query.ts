import { keepPreviousData, MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/lib/api";

const RETRIES = 4;

/** Whether it may work when asked again: the server was away or failed, but did not refuse. */
export function mayRecover(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 429);
}

/** Milliseconds before the next try: 0.5 s, 1 s, 2 s … at most 8 s, spread so that tabs don't come back as one. */
export function retryDelay(attempt: number): number {
  return Math.min(8000, 500 * 2 ** attempt) * (0.75 + Math.random() / 2);
}

type OnError = (error: unknown) => void;
let onUnauthenticated: OnError = () => {};
/** Whoever knows the router says what happens when the server wants to know who is asking. */
export function whenUnauthenticated(handle: OnError): void {
  onUnauthenticated = handle;
}
function check(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) onUnauthenticated(error);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: check }),
    mutationCache: new MutationCache({ onError: check }),
    defaultOptions: {
      queries: {
        retry: (count, error) => count < RETRIES && mayRecover(error),
        retryDelay,
        // What changes is told by the live connection, so that nothing has to be asked twice.
        staleTime: 30_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // Whether the machine has a network says nothing of a server on this machine.
        networkMode: "always",
        placeholderData: keepPreviousData,
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export const queryClient = createQueryClient();
