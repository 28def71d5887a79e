import type { QueryClient, QueryMeta } from "@tanstack/react-query";
import { apiUrl } from "@/lib/api";
import { queryClient } from "@/lib/query";
import { createStore, type Store } from "@/lib/store";

/** Ids of what changed, or "*" when anything may have. */
export type Changed = readonly string[] | "*";

export interface LiveState {
  /** "idle" until it is started, and while nobody looks at the tab. */
  status: "idle" | "connecting" | "live" | "reconnecting" | "offline";
  /** Nothing on the page moves until somebody resumes. */
  paused: boolean;
  /** Changes that came while it was paused. */
  missed: number;
  /** When the next try is made, in milliseconds. */
  retryAt: number | undefined;
}

const HIDDEN_MS = 10_000;
const FLUSH_MS = 1000;
const LONGEST_WAIT_MS = 20_000;
const TRIES_BEFORE_OFFLINE = 3;
/** The furthest that the server is asked to look back. */
const LONGEST_LOOK_BACK_S = 60;
/** Beyond the page's own age: for the way that the question takes to the server. */
const WAY_S = 5;

/** The wait before try `n` (from 0): half a second, doubling, at most 20 s, spread over its second half. */
export function waitBefore(n: number, random = Math.random()): number {
  return Math.min(LONGEST_WAIT_MS, 500 * 2 ** n) * (0.5 + random / 2);
}

export interface Live {
  state: Store<LiveState>;
  /** Connects, and keeps connected. Returns how to stop. */
  start: () => () => void;
  pause: () => void;
  resume: () => void;
  /** Tries at once instead of when the wait is over. */
  retry: () => void;
  /** Calls on every change of a noun while not paused; with "*" after a gap. Returns how to stop. */
  onChange: (noun: string, listener: (changed: Changed) => void) => () => void;
}

/** `url` names the stream, told with all that changed in so many seconds before it begins. */
export function createLive(client: QueryClient, url: (lookBack: number) => string | URL): Live {
  const state = createStore<LiveState>({ status: "idle", paused: false, missed: 0, retryAt: undefined });
  const listeners = new Map<string, Set<(changed: Changed) => void>>();
  const waiting = new Map<string, Set<string> | "*">();
  let source: EventSource | undefined;
  let tries = 0;
  let wasConnected = false;
  let started = false;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let hideTimer: ReturnType<typeof setTimeout> | undefined;
  let flushTimer: ReturnType<typeof setTimeout> | undefined;
  const update = (part: Partial<LiveState>) => state.set((before) => ({ ...before, ...part }));

  function everythingMayHaveChanged(): void {
    waiting.clear();
    void client.invalidateQueries();
    for (const [, each] of listeners) for (const listener of [...each]) listener("*");
  }

  function note(noun: string, changed: Changed): void {
    const before = waiting.get(noun);
    if (changed === "*" || before === "*") waiting.set(noun, "*");
    else waiting.set(noun, new Set([...(before ?? []), ...changed]));
    for (const listener of [...(listeners.get(noun) ?? [])]) listener(changed);
  }

  /** Asks again what changed. What is being asked right now keeps its answer and is asked once more after it. */
  function flush(): void {
    flushTimer = undefined;
    const concerned = client.getQueryCache().findAll({
      predicate: (query) => concerns(query.queryKey, waiting) || follows(query, waiting).length > 0,
    });
    const busy = concerned.filter((query) => query.state.fetchStatus === "fetching");
    void client.invalidateQueries({
      predicate: (query) => concerned.includes(query) && !busy.includes(query),
    });
    const left = busy.flatMap((query) => [String(query.queryKey[0]), ...follows(query, waiting)]);
    for (const noun of [...waiting.keys()]) if (!left.includes(noun)) waiting.delete(noun);
    if (waiting.size > 0) flushTimer = setTimeout(flush, FLUSH_MS);
  }

  function receive(text: string): void {
    const changes = parsed(text);
    if (state.get().paused) {
      const count = changes.reduce((sum, [, changed]) => sum + (changed === "*" ? 1 : changed.length), 0);
      update({ missed: state.get().missed + count });
      return;
    }
    for (const [noun, changed] of changes) note(noun, changed);
    if (waiting.size > 0) flushTimer ??= setTimeout(flush, FLUSH_MS / 4);
  }

  /** The server could not tell all that changed: as after a gap in the connection, anything may have. */
  function resync(): void {
    if (state.get().paused) update({ missed: state.get().missed + 1 });
    else everythingMayHaveChanged();
  }

  function connect(): void {
    clearTimeout(retryTimer);
    disconnect();
    update({ status: tries === 0 && !wasConnected ? "connecting" : statusOf(tries), retryAt: undefined });
    // What the page asked for before its first connection may have changed until then.
    const lookBack = wasConnected ? 0 : Math.ceil(performance.now() / 1000) + WAY_S;
    const asked = performance.now();
    const opened = new EventSource(url(Math.min(lookBack, LONGEST_LOOK_BACK_S)));
    source = opened;
    opened.addEventListener("open", () => {
      if (source !== opened) return;
      tries = 0;
      update({ status: "live", retryAt: undefined });
      const isGap =
        wasConnected || lookBack > LONGEST_LOOK_BACK_S || performance.now() - asked > WAY_S * 1000;
      if (isGap && !state.get().paused) everythingMayHaveChanged();
      wasConnected = true;
    });
    opened.addEventListener("change", (event) => receive(event.data));
    opened.addEventListener("resync", resync);
    opened.addEventListener("error", () => {
      if (source !== opened) return;
      disconnect();
      const wait = waitBefore(tries);
      tries += 1;
      update({ status: statusOf(tries), retryAt: Date.now() + wait });
      retryTimer = setTimeout(connect, wait);
    });
  }

  function disconnect(): void {
    source?.close();
    source = undefined;
  }

  function sleep(): void {
    clearTimeout(retryTimer);
    disconnect();
    update({ status: "idle", retryAt: undefined });
  }

  function onVisibility(): void {
    clearTimeout(hideTimer);
    if (document.hidden) hideTimer = setTimeout(sleep, HIDDEN_MS);
    else if (state.get().status === "idle") connect();
  }

  function start(): () => void {
    if (started) return () => {};
    started = true;
    if (!document.hidden) connect();
    document.addEventListener("visibilitychange", onVisibility);
    addEventListener("online", retry);
    return () => {
      started = false;
      document.removeEventListener("visibilitychange", onVisibility);
      removeEventListener("online", retry);
      for (const timer of [hideTimer, flushTimer]) clearTimeout(timer);
      flushTimer = undefined;
      sleep();
    };
  }

  function retry(): void {
    if (started && state.get().status !== "live") connect();
  }

  return {
    state,
    start,
    retry,
    pause: () => update({ paused: true, missed: 0 }),
    resume: () => {
      if (!state.get().paused) return;
      update({ paused: false, missed: 0 });
      everythingMayHaveChanged();
    },
    onChange: (noun, listener) => {
      const each = listeners.get(noun) ?? new Set();
      listeners.set(noun, each.add(listener));
      return () => each.delete(listener);
    },
  };
}

function statusOf(tries: number): LiveState["status"] {
  return tries >= TRIES_BEFORE_OFFLINE ? "offline" : "reconnecting";
}

/** Keys are [noun, …]: all of a noun that has no id as its second element, else those of the ids that changed. */
function concerns(key: readonly unknown[], waiting: ReadonlyMap<string, Set<string> | "*">): boolean {
  const changed = waiting.get(String(key[0]));
  if (changed === undefined) return false;
  return changed === "*" || typeof key[1] !== "string" || changed.has(key[1]);
}

/** Of the nouns that changed, those that a query says beside its key: `meta: {follows: ["work_pools"]}`. */
function follows(
  { meta }: { meta?: QueryMeta | undefined },
  waiting: ReadonlyMap<string, unknown>,
): string[] {
  const nouns = meta?.follows;
  return Array.isArray(nouns) ? nouns.filter((noun) => waiting.has(noun)) : [];
}

function parsed(text: string): [string, Changed][] {
  try {
    const data: unknown = JSON.parse(text);
    if (!data || typeof data !== "object") return [];
    return Object.entries(data).filter(([, changed]) => changed === "*" || Array.isArray(changed));
  } catch {
    return [];
  }
}

/** The one connection of this tab. */
export const live = createLive(queryClient, (lookBack) => apiUrl(`live?look_back=${lookBack}`));
