import { MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";
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

/** Whether two keys ask for the same thing, or both for many: the second element is the id where it is about one. */
export function isSameThing([noun, thing]: QueryKey, [otherNoun, otherThing]: QueryKey): boolean {
  const isOne = typeof thing === "string" || typeof otherThing === "string";
  return noun === otherNoun && (!isOne || thing === otherThing);
}

export function createQueryClient(): QueryClient {
  const client = new QueryClient({
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
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
  // What was shown stays while the same is asked for in another way. A default can't see what is asked for now, and
  // would show one run's data under another's name.
  const withDefaults = client.defaultQueryOptions.bind(client);
  client.defaultQueryOptions = (options) => {
    const made = withDefaults(options);
    made.placeholderData ??= (data, before) =>
      before && isSameThing(before.queryKey, made.queryKey) ? data : undefined;
    return made;
  };
  return client;
}

export const queryClient = createQueryClient();

/** Resolves when what is asked for has come, and what was asked for then. */
export function answersAreThere(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (queryClient.isFetching() > 0) return;
      stop();
      resolve();
    };
    // Not at once: who waited for an answer may have another question.
    const stop = queryClient.getQueryCache().subscribe(() => setTimeout(look));
    setTimeout(look);
  });
}
